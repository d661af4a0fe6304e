//! Text made to fit its column, so that no input can make a write fail.

use std::borrow::Cow;
use std::fmt::Write;

use sha2::{Digest, Sha256};

/// Text that identifies something, for a column of `limit` characters. Two texts stay two.
///
/// What is shorter and free of U+0000 stands as it is. Everything else becomes exactly `limit` characters, and so none
/// of those: as much of it as there is room for, `…`, `:` and the SHA-256 of the whole.
pub(crate) fn identity(value: &str, limit: usize) -> Cow<'_, str> {
    let is_literal = is_shorter(value, limit) && !value.contains('\0');
    if is_literal {
        return value.into();
    }
    let digest = format!(":{}", sha256(value));
    let Some(room) = limit.checked_sub(digest.len()) else {
        return digest[digest.len() - limit..].to_owned().into();
    };
    let filler = std::iter::repeat('…');
    let prefix = value
        .chars()
        .map(|char| if char == '\0' { '\u{FFFD}' } else { char })
        .take(room.saturating_sub(1));
    prefix
        .chain(filler)
        .take(room)
        .chain(digest.chars())
        .collect::<String>()
        .into()
}

/// Text for people, for a column of `limit` characters: without control characters, and cut short with `…`.
pub(crate) fn plain(value: &str, limit: usize) -> Cow<'_, str> {
    if value.len() <= limit && !value.contains(char::is_control) {
        return value.into();
    }
    let mut chars = value.chars().filter_map(|char| match char {
        '\t' | '\n' => Some(' '),
        _ => (!char.is_control()).then_some(char),
    });
    let mut text: String = chars.by_ref().take(limit).collect();
    if chars.next().is_some() {
        text.pop();
        text.push('…');
    }
    text.into()
}

/// Characters that reorder, join or hide text without showing: bidirectional controls, zero widths, line separators,
/// tags.
pub(crate) fn is_invisible(char: char) -> bool {
    matches!(
        char,
        '\u{ad}'
            | '\u{61c}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

fn is_shorter(value: &str, limit: usize) -> bool {
    value.len() < limit || value.chars().count() < limit
}

fn sha256(value: &str) -> String {
    Sha256::digest(value)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::{identity, plain};

    const SHA256_OF_600_A: &str = "ba35c170729417f1499e0886e7e12fcd";

    #[test]
    fn short_text_identifies_as_it_is() {
        for text in ["", "jane", "line\nbreak ", "ä".repeat(511).as_str()] {
            assert_eq!(identity(text, 512), text);
        }
    }

    #[test]
    fn other_text_fills_its_column() {
        for text in ["a\0b", "\0", &"ä".repeat(512), &"a".repeat(600)] {
            for limit in [45, 64, 65, 66, 67, 128, 255, 512] {
                assert_eq!(
                    identity(text, limit).chars().count(),
                    limit,
                    "{text} {limit}"
                );
                assert!(!identity(text, limit).contains('\0'));
            }
        }
    }

    #[test]
    fn the_whole_is_behind_the_prefix() {
        let capped = identity(&"a".repeat(600), 512).into_owned();
        let (prefix, digest) = capped.rsplit_once(':').unwrap();
        assert_eq!(prefix, format!("{}…", "a".repeat(446)));
        assert_eq!(digest.len(), 64);
        assert_eq!(&digest[..32], SHA256_OF_600_A);

        let capped = identity("a\0b", 512).into_owned();
        assert!(capped.starts_with("a\u{FFFD}b…"));
        assert_ne!(capped, identity("a\u{FFFD}b", 512));
        assert_ne!(capped, identity("a\0b…", 512));
        assert_ne!(identity(&capped, 512), capped);
    }

    #[test]
    fn a_narrow_column_holds_the_digest_alone() {
        let text = "a".repeat(600);
        assert_eq!(&identity(&text, 64)[..32], SHA256_OF_600_A);
    }

    #[test]
    fn plain_text_has_no_control_characters() {
        let cases = [
            ("jane", "jane"),
            ("a\0b\u{1b}[31m\u{85}", "ab[31m"),
            ("two\r\nlines\ta tab", "two lines a tab"),
            ("exactly 20 letters …", "exactly 20 letters …"),
            ("more than 20 letters in all", "more than 20 letter…"),
            ("exactly 20 letters …\0", "exactly 20 letters …"),
        ];
        for (text, expected) in cases {
            assert_eq!(plain(text, 20), expected);
        }
    }
}
