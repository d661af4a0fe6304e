//! Detects characters that can deceive a reader: hidden ones, and ones that look like a quote.

use std::iter;

use icu_properties::{
    CodePointMapData, CodePointSetData,
    props::{
        CanonicalCombiningClass, DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup,
        Script,
    },
};
use unicode_normalization::{UnicodeNormalization, is_nfc};
use unicode_security::skeleton;
use uuid::Uuid;

/// The way in which a character can deceive a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deceit {
    /// It is invisible, reorders the text around it, or combines with a character that it does not belong to.
    Hidden,
    /// It looks like the quote that ends a name, or like the backslash of an escape.
    LookAlike,
}

/// Returns the characters of a text, each with the way in which it can deceive.
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

/// Whether a name cannot be mistaken for another name or for an id.
///
/// All its characters are visible, none looks like another one (UTS 39), it is in Unicode's normalization form C, and
/// it was not cut.
pub(crate) fn is_plain(name: &str) -> bool {
    let is_own = |char: char| {
        // Unicode's skeleton of a Hangul syllable consists of letters, so it differs from the syllable.
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

fn deceit(char: char, before: Option<char>, after: Option<char>) -> Option<Deceit> {
    // A fast path: most text is ASCII.
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
    // The Hebrew yod and similar letters are normal within text of their script.
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

/// The single character that this one can be mistaken for (UTS 39).
fn prototype(char: char) -> Option<char> {
    let mut buffer = [0; 4];
    let mut skeleton = skeleton(char.encode_utf8(&mut buffer));
    let prototype = skeleton.next();
    prototype.filter(|_| skeleton.next().is_none())
}

fn script(char: char) -> Script {
    CodePointMapData::<Script>::new().get(char)
}

#[cfg(test)]
mod tests {
    use super::{Deceit, characters, is_plain};

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
