//! Limits and cleaning of text, so that no input can make a write fail.

use std::{borrow::Cow, fmt::Write, iter};

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        CanonicalCombiningClass, DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup,
        Script,
    },
};
use sha2::{Digest, Sha256};
use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_security::skeleton;
use uuid::Uuid;

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

/// A name, for a column of `limit` characters: control characters are spelled out, as in `\u{1}`, and what is too long is
/// cut short with `…`. Two names stay two, unless they differ after the cut.
pub(crate) fn name(value: &str, limit: usize) -> Cow<'_, str> {
    if value.len() <= limit && !value.contains(char::is_control) && !value.contains(ESCAPE) {
        return value.into();
    }
    let chars = value
        .char_indices()
        .flat_map(|(at, char)| spelled_if(char.is_control() || is_escape(&value[at..]), char));
    cut(chars, limit).into()
}

/// Words, for a column of `limit` characters: as a name, but what breaks lines becomes a blank, and words that look like a
/// spelled out character stay as they are.
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

/// How a character can deceive a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deceit {
    /// It does not show, it reorders what stands around it, or it joins what stands before the text.
    Hidden,
    /// It reads like the quote that ends a name, or like the backslash before an escaped character.
    LookAlike,
}

/// The characters of a text, and how each can deceive.
pub(crate) fn characters(text: &str) -> impl Iterator<Item = (char, Option<Deceit>)> {
    let mut rest = text.chars();
    let mut before = None;
    iter::from_fn(move || {
        let char = rest.next()?;
        let deceit = deceit(char, before, rest.clone().next());
        before = deceit.is_none().then_some(char);
        Some((char, deceit))
    })
}

/// Whether a name says who or what is meant as far as a name can: it is not mistaken for another, nor for an id.
///
/// Its characters show, none of them looks like another one (UTS 39), it is in Unicode's normalisation form C, and it was not cut.
pub(crate) fn is_plain(name: &str) -> bool {
    let is_own = |char: char| {
        // Unicode compares syllables letter by letter, and a letter's form at the end with that at the beginning.
        script(char) == Script::Hangul
            || skeleton(char.encode_utf8(&mut [0; 4])).eq(iter::once(char).nfd())
    };
    characters(name).all(|(char, deceit)| deceit.is_none() && (char.is_ascii() || is_own(char)))
        && is_nfc(name)
        && !name.contains(['\'', '\\', '(', ')', '…'])
        && !name.contains("  ")
        && name.trim_matches(' ') == name
        && name.contains(char::is_alphabetic)
        && Uuid::try_parse(name).is_err()
}

/// Whether a spelled out character begins here, or what looks like one.
pub(crate) fn is_escape(text: &str) -> bool {
    text.starts_with(ESCAPE)
}

/// What every spelled out character begins with.
const ESCAPE: &str = r"\u{";

fn deceit(char: char, before: Option<char>, after: Option<char>) -> Option<Deceit> {
    // Of ASCII there are these alone, and most text is ASCII.
    if char.is_ascii() {
        return match char {
            '`' => Some(Deceit::LookAlike),
            _ => char.is_control().then_some(Deceit::Hidden),
        };
    }
    let category = CodePointMapData::<GeneralCategory>::new().get(char);
    let is_mark = GeneralCategoryGroup::Mark.contains(category);
    let prototype = prototype(char);
    let is_hidden = CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(char)
        || GeneralCategoryGroup::Other.contains(category)
        || GeneralCategoryGroup::Separator.contains(category)
        || prototype == Some(' ')
        || is_mark && !before.is_some_and(carries_marks);
    if is_hidden {
        return Some(Deceit::Hidden);
    }
    let stands_apart = is_mark
        && CodePointMapData::<CanonicalCombiningClass>::new().get(char)
            == CanonicalCombiningClass::AboveRight;
    // The Hebrew yod and its like are letters among those of their script.
    let is_at_home = category == GeneralCategory::OtherLetter
        && [before, after]
            .into_iter()
            .flatten()
            .any(|other| script(other) == script(char));
    let is_look_alike = stands_apart || matches!(prototype, Some('\'' | '\\')) && !is_at_home;
    is_look_alike.then_some(Deceit::LookAlike)
}

/// Whether a combining mark after this character belongs to it.
fn carries_marks(char: char) -> bool {
    let category = CodePointMapData::<GeneralCategory>::new().get(char);
    [
        GeneralCategoryGroup::Letter,
        GeneralCategoryGroup::Mark,
        GeneralCategoryGroup::Number,
    ]
    .iter()
    .any(|group| group.contains(category))
}

/// The one character that this one can be mistaken for, as Unicode has it (UTS 39).
fn prototype(char: char) -> Option<char> {
    let mut buffer = [0; 4];
    let mut skeleton = skeleton(char.encode_utf8(&mut buffer));
    let prototype = skeleton.next();
    prototype.filter(|_| skeleton.next().is_none())
}

fn script(char: char) -> Script {
    CodePointMapData::<Script>::new().get(char)
}

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
    Sha256::digest(value)
        .iter()
        .fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
}

#[cfg(test)]
mod tests {
    use super::{Deceit, characters, identity, is_plain, name, words};

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

    #[test]
    fn what_deceives_is_told() {
        let hidden = [
            "\u{1}",
            "\u{7f}",
            "\u{85}",
            "\u{a0}",
            "\u{ad}",
            "\u{34f}",
            "\u{61c}",
            "\u{115f}",
            "\u{1680}",
            "\u{17b4}",
            "\u{180b}",
            "\u{180e}",
            "\u{200b}",
            "\u{200d}",
            "\u{2028}",
            "\u{202e}",
            "\u{2060}",
            "\u{2066}",
            "\u{2800}",
            "\u{3000}",
            "\u{3164}",
            "\u{e000}",
            "\u{fdd0}",
            "\u{fe0f}",
            "\u{feff}",
            "\u{ffa0}",
            "\u{fffe}",
            "\u{1d173}",
            "\u{e0041}",
            "\u{e0100}",
            "\u{10ffff}",
        ];
        let look_alike = [
            "`", "\u{b4}", "\u{2b9}", "\u{2bb}", "\u{2bc}", "\u{2c8}", "\u{2ca}", "\u{315}",
            "\u{374}", "\u{55a}", "\u{5d9}", "\u{5f3}", "\u{7f4}", "\u{1fbd}", "\u{1fef}",
            "\u{2018}", "\u{2019}", "\u{201b}", "\u{2032}", "\u{2035}", "\u{2216}", "\u{29f5}",
            "\u{a78c}", "\u{fe68}", "\u{ff07}", "\u{ff3c}",
        ];
        for (kind, all) in [
            (Deceit::Hidden, &hidden[..]),
            (Deceit::LookAlike, &look_alike),
        ] {
            for inner in all {
                for text in [format!("a{inner}"), format!("a{inner}b")] {
                    let deceits: Vec<_> = characters(&text).map(|(_, deceit)| deceit).collect();
                    assert_eq!(deceits[1], Some(kind), "{}", inner.escape_unicode());
                    assert!(deceits.iter().skip(2).all(Option::is_none));
                }
            }
        }
    }

    #[test]
    fn a_mark_needs_a_letter() {
        for (text, expected) in [
            ("\u{301}a", 1),
            ("a\u{301}\u{302}", 0),
            ("a \u{301}", 1),
            ("a'\u{301}", 1),
            ("\u{200b}\u{301}", 2),
            ("1\u{20e3}", 0),
        ] {
            let deceits = characters(text).filter(|(_, deceit)| deceit.is_some());
            assert_eq!(deceits.count(), expected, "{text:?}");
        }
    }

    #[test]
    fn what_people_are_called_stays_as_it_is() {
        for text in [
            "Jane Doe",
            "Zoë Müller-Lüdenscheidt",
            "Ọlọ́run",
            "Nguyễn",
            "דניאל",
            "יוסי",
            "محمد",
            "नरेन्द्र",
            "ประยุทธ์",
            "김철수",
            "丶山 太郎",
            "O\"Brien <o@example.org>",
            "Ⅷ",
            "😀",
        ] {
            let deceits: Vec<_> = characters(text)
                .filter(|(_, deceit)| deceit.is_some())
                .collect();
            assert_eq!(deceits, [], "{text}");
        }
    }

    #[test]
    fn a_plain_name_is_no_other() {
        for name in [
            "jane.doe",
            "Jane Doe",
            "Zoë Müller",
            "o@example.org",
            "김철수",
        ] {
            assert!(is_plain(name), "{name}");
        }
        for name in [
            "",
            " ",
            "7",
            "7-8",
            "018f2a4e-7d6a-7c1b-9d3e-0a1b2c3d4e5f",
            " jane",
            "jane ",
            "jane  doe",
            "o'hara",
            "jane (7)",
            "jane\u{2019}",
            r"jane\n",
            "jane\u{200b}",
            "jane\u{301}",
            "Zoe\u{308}",
            "j\u{430}ne",
            "ｊａｎｅ",
            "jan…",
        ] {
            assert!(!is_plain(name), "{name:?}");
        }
    }
}
