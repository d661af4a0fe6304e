//! Shortens and cleans text, so that no input can make a write fail.

use std::{
    borrow::Cow,
    fmt::{self, Formatter, Write},
    iter,
};

use sha2::{Digest, Sha256};

mod deceit;

#[cfg(feature = "viewer")]
pub(crate) use deceit::Deceit;
pub(crate) use deceit::{characters, is_plain};

/// Fits identifying text into a column of `limit` characters. Different texts stay different.
///
/// Shorter text without U+0000 is kept. Any other becomes exactly `limit` characters, so it cannot equal kept text: a
/// prefix, `…`, `:` and the SHA-256 of the whole text.
pub(crate) fn identity(value: &str, limit: usize) -> Cow<'_, str> {
    let is_literal = is_shorter(value, limit) && !value.contains('\0');
    if is_literal {
        return value.into();
    }
    let digest = format!(":{}", sha256(value));
    let Some(room) = limit.checked_sub(digest.len()) else {
        return digest[digest.len() - limit..].to_owned().into();
    };
    let filler = iter::repeat('…');
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

/// Fits a name into a column of `limit` characters. Control characters are escaped, as in `\u{1}`, and a name that is
/// too long is cut and ends in `…`. Different names stay different, unless they differ only after the cut.
pub(crate) fn name(value: &str, limit: usize) -> Cow<'_, str> {
    if value.len() <= limit && !value.contains(char::is_control) && !value.contains(ESCAPE) {
        return value.into();
    }
    let chars = value
        .char_indices()
        .flat_map(|(at, char)| spelled_if(char.is_control() || is_escape(&value[at..]), char));
    cut(chars, limit).into()
}

/// Fits prose into a column of `limit` characters. It differs from a name in that line breaks and tabs become blanks,
/// and text that looks like an escaped character is kept.
pub(crate) fn words(value: &str, limit: usize) -> Cow<'_, str> {
    if value.len() <= limit && !value.contains(char::is_control) {
        return value.into();
    }
    let chars = value.chars().flat_map(|char| match char {
        '\t' | '\n' | '\r' => spelled_if(false, ' '),
        _ => spelled_if(char.is_control(), char),
    });
    cut(chars, limit).into()
}

/// Whether the text starts with an escaped character, or with text that looks like one.
pub(crate) fn is_escape(text: &str) -> bool {
    text.starts_with(ESCAPE)
}

/// Writes text that can neither deceive a reader nor end a quotation: hidden characters, quotes and backslashes are
/// escaped.
pub(crate) fn escaped(f: &mut Formatter<'_>, text: &str) -> fmt::Result {
    for (char, deceit) in characters(text) {
        match char {
            '\'' | '\\' => write!(f, "\\{char}")?,
            _ if deceit.is_some() => write!(f, "{}", char.escape_unicode())?,
            _ => f.write_char(char)?,
        }
    }
    Ok(())
}

/// The start of an escaped character.
const ESCAPE: &str = r"\u{";

fn spelled_if(is_spelled: bool, char: char) -> impl Iterator<Item = char> {
    let spelled = is_spelled.then(|| char.escape_unicode());
    let plain = (!is_spelled).then_some(char);
    spelled.into_iter().flatten().chain(plain)
}

fn cut(mut chars: impl Iterator<Item = char>, limit: usize) -> String {
    let mut text: String = chars.by_ref().take(limit).collect();
    if chars.next().is_some() {
        text.pop();
        text.push('…');
    }
    text
}

fn is_shorter(value: &str, limit: usize) -> bool {
    value.len() < limit || value.chars().count() < limit
}

pub(crate) fn sha256(value: &str) -> String {
    hex(&Sha256::digest(value))
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::{identity, name, words};

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
    fn stored_text_has_no_control_characters() {
        let cases = [
            ("jane", "jane", "jane"),
            ("a\0b\u{1b}", r"a\u{0}b\u{1b}", r"a\u{0}b\u{1b}"),
            ("x\r\ny\tz", r"x\u{d}\u{a}y\u{9}z", "x  y z"),
            (r"an \u{1}", r"an \u{5c}u{1}", r"an \u{1}"),
            (r"ACME\user", r"ACME\user", r"ACME\user"),
            (
                "exactly 20 letters …",
                "exactly 20 letters …",
                "exactly 20 letters …",
            ),
            (
                "more than 20 letters in all",
                "more than 20 letter…",
                "more than 20 letter…",
            ),
            (
                "more than 20 here\0",
                r"more than 20 here\u…",
                r"more than 20 here\u…",
            ),
        ];
        for (text, as_name, as_words) in cases {
            assert_eq!(name(text, 20), as_name);
            assert_eq!(words(text, 20), as_words);
            assert_eq!(words(as_words, 20), as_words, "is done once");
        }
    }
}
