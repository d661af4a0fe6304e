//! SQL texts of MySQL and MariaDB: constants, base64, quoting, labels and long keys.
//!
//! They contain no backslash and no `||`, whose meaning depends on the session that creates a trigger.

use crate::layout::template::fill;

/// A template about one value.
pub(super) fn about(template: &str, value: &str) -> String {
    fill(template, &[("{v}", value.to_owned())])
}

/// A string constant, independent of the session's character set. Only constants of this program may be passed.
pub(crate) fn constant(text: &str) -> String {
    let is_plain = |char: char| char.is_ascii() && !char.is_ascii_control() && char != '\\';
    if text.chars().all(is_plain) {
        return format!("'{}'", text.replace('\'', "''"));
    }
    format!("_utf8mb4 X'{}'", hex(text))
}

/// A quoted identifier.
pub(crate) fn quoted(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

/// A text in utf8mb4 that compares by bytes, whatever the column's character set and collation.
pub(super) fn unicode(value: &str) -> String {
    format!("CONVERT({value} USING utf8mb4) COLLATE utf8mb4_bin")
}

/// The base64 of a value's bytes.
pub(super) fn base64(value: &str) -> String {
    format!("REPLACE(TO_BASE64({value}), CHAR(10 USING utf8mb4), '')")
}

/// Whether a text contains U+0000.
pub(super) fn has_nul(text: &str) -> String {
    format!("LOCATE(X'00', CAST({text} AS binary)) > 0")
}

/// A text as a JSON string, exactly as Rust writes it. MariaDB also escapes `/`, and writes other digits.
pub(super) fn json_string(text: &str) -> String {
    let backslash = "CHAR(92 USING utf8mb4)";
    let mut quoted = replace(text, backslash, &format!("REPEAT({backslash}, 2)"));
    let named = [
        (8, "b"),
        (9, "t"),
        (10, "n"),
        (12, "f"),
        (13, "r"),
        (34, "\""),
    ];
    for code in (0..32).chain([34]) {
        let letter = match named.iter().find(|(named, _)| *named == code) {
            Some((_, letter)) => (*letter).to_owned(),
            None => format!("u{code:04x}"),
        };
        let escaped = format!("CONCAT({backslash}, '{letter}')");
        quoted = replace(&quoted, &char(code), &escaped);
    }
    format!("CONCAT('\"', {quoted}, '\"')")
}

/// A label as [`name`](crate::text::name) escapes it, before it is shortened.
pub(crate) fn spelled(text: &str) -> String {
    let escape = "CONCAT(CHAR(92 USING utf8mb4), 'u{')";
    let mut spelled = replace(text, escape, "CONCAT(CHAR(92 USING utf8mb4), 'u{5c}u{')");
    for code in (0..32).chain(127..160) {
        let escaped = format!("CONCAT(CHAR(92 USING utf8mb4), 'u{{{code:x}}}')");
        spelled = replace(&spelled, &char(code), &escaped);
    }
    spelled
}

/// The prefix and hash of [`identity`](crate::text::identity) for a column of 512.
pub(crate) fn capped(text: &str) -> String {
    let places = [
        ("{v}", text.to_owned()),
        ("{has_nul}", has_nul(text)),
        ("{shown}", replace(text, &char(0), &constant("\u{FFFD}"))),
        ("{filler}", constant("…")),
    ];
    fill(CAPPED, &places)
}

const CAPPED: &str = "CASE WHEN CHAR_LENGTH({v}) < 512 AND NOT {has_nul} THEN {v} \
    ELSE CONCAT(RPAD(LEFT({shown}, 446), 447, {filler}), ':', SHA2({v}, 256)) END";

fn replace(text: &str, what: &str, with: &str) -> String {
    format!("REPLACE({text}, {what}, {with})")
}

fn char(code: u32) -> String {
    let char = char::from_u32(code).unwrap_or_default();
    format!("_utf8mb4 X'{}'", hex(&char.to_string()))
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02X}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{constant, quoted};

    #[test]
    fn a_constant_does_not_depend_on_the_session() {
        assert_eq!(constant("it's"), "'it''s'");
        assert_eq!(constant(r"a\b"), "_utf8mb4 X'615C62'");
        assert_eq!(constant("é"), "_utf8mb4 X'C3A9'");
        assert_eq!(quoted("a`b"), "`a``b`");
    }
}
