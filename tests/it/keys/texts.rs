//! Texts as keys: long, similar, with characters of SQL and JSON.

use audit_runtime::encode::entity_id;
use sea_orm::DatabaseBackend;

/// Texts that a database or a careless log may confuse with others.
pub(super) fn texts(backend: DatabaseBackend) -> Vec<String> {
    let mut texts: Vec<String> = [
        "",
        " ",
        "abc",
        "ABC",
        "abc ",
        " abc",
        "abc\t",
        "ábc",
        "a\u{301}bc",
        "ａｂｃ",
        "007",
        "7",
        "null",
        "[7]",
        "\"abc\"",
        "a\nb",
        "a\r\nb",
        "\u{1}",
        "\u{7f}",
        "\u{202E}cba",
        "\u{FEFF}",
        "\u{FFFD}",
        "🦀",
        "🦐",
        "\u{10FFFF}",
        "%",
        "_",
        "\\",
        "'; DROP TABLE audit_log; --",
    ]
    .map(String::from)
    .into();
    for length in [511, 512, 513, 600] {
        texts.extend(["a", "🦀"].map(|char| char.repeat(length)));
    }
    // Of the same length, and different only at the end.
    texts.push("a".repeat(599) + "b");
    texts.push("a".repeat(599) + " ");
    // The text that the log stores for a longer one.
    texts.push(entity_id(&["a".repeat(600).into()]));
    if backend != DatabaseBackend::Postgres {
        texts.extend(["\0", "a\0b", "a\0", "a\0\0"].map(String::from));
    }
    texts
}
