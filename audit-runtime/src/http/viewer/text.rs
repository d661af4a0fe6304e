//! Text from outside, made visible and safe for display.

use maud::{Markup, html};

use crate::text::{Deceit, characters, is_escape};

/// Escapes characters that are invisible or reorder the text around them.
///
/// Line ends and tabs are kept.
pub(super) fn visible(text: &str) -> Markup {
    marked(pieces(text, false))
}

/// Also escapes blanks of a name that a page would not show: at its ends, and after another blank.
pub(super) fn name(text: &str, limit: usize) -> Markup {
    let (shown, left) = cut(text, limit);
    html! { (marked(pieces(shown, true))) @if left > 0 { "…" } }
}

/// The same for places that cannot contain markup.
pub(super) fn spelled_out(text: &str) -> String {
    let mut whole = String::new();
    for (shown, hidden) in pieces(text, false) {
        whole += shown;
        whole.extend(hidden.into_iter().flat_map(char::escape_unicode));
    }
    whole
}

/// The first characters, made visible.
pub(super) fn bounded(text: &str, limit: usize) -> Markup {
    let (shown, left) = cut(text, limit);
    html! { (visible(shown)) @if left > 0 { "…" } }
}

/// Returns the first characters, and the number of omitted ones. An escaped character counts with the length of its
/// escape.
pub(super) fn cut(text: &str, limit: usize) -> (&str, usize) {
    const SPELLED_OUT: usize = 32;

    let (mut room, mut end) = (limit, 0);
    for (char, deceit) in characters(text) {
        let width = match deceit {
            Some(Deceit::Hidden) => SPELLED_OUT,
            _ => 1,
        };
        let Some(left) = room.checked_sub(width) else {
            return (&text[..end], text[end..].chars().count());
        };
        room = left;
        end += char.len_utf8();
    }
    (text, 0)
}

fn marked(pieces: Vec<(&str, Option<char>)>) -> Markup {
    html! {
        @for (shown, hidden) in pieces {
            (shown)
            @if let Some(hidden) = hidden {
                span.hidden title="a character that does not show" { (hidden.escape_unicode()) }
            }
        }
    }
}

/// A visible part, and the character after it that is escaped.
fn pieces(text: &str, is_name: bool) -> Vec<(&str, Option<char>)> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    for (char, deceit) in characters(text) {
        let is_hidden = match char {
            '\n' | '\t' => is_name,
            '\\' => is_escape(&text[at..]),
            ' ' => is_name && (at == 0 || at + 1 == text.len() || text[..at].ends_with(' ')),
            _ => deceit == Some(Deceit::Hidden),
        };
        if is_hidden {
            pieces.push((&text[start..at], Some(char)));
            start = at + char.len_utf8();
        }
        at += char.len_utf8();
    }
    pieces.push((&text[start..], None));
    pieces
}

#[cfg(test)]
mod tests {
    use maud::Markup;

    use super::{cut, name, spelled_out, visible};

    #[test]
    fn markup_stays_text() {
        let shown = visible(r#"<script>alert("1 & 2")</script>"#).into_string();
        assert_eq!(
            shown,
            "&lt;script&gt;alert(&quot;1 &amp; 2&quot;)&lt;/script&gt;"
        );
    }

    #[test]
    fn nothing_is_invisible() {
        for (text, expected, as_name) in [
            ("plain\n\ttext", "plain\n\ttext", r"plain[\u{a}][\u{9}]text"),
            ("a\u{202e}b", r"a[\u{202e}]b", r"a[\u{202e}]b"),
            (r"a\u{202e}b", r"a[\u{5c}]u{202e}b", r"a[\u{5c}]u{202e}b"),
            (r"a\b", r"a\b", r"a\b"),
            (
                "\u{200b}\r\0",
                r"[\u{200b}][\u{d}][\u{0}]",
                r"[\u{200b}][\u{d}][\u{0}]",
            ),
            (
                "\u{3164}\u{301}O’",
                r"[\u{3164}][\u{301}]O’",
                r"[\u{3164}][\u{301}]O’",
            ),
            (" a  b ", " a  b ", r"[\u{20}]a [\u{20}]b[\u{20}]"),
            (" ", " ", r"[\u{20}]"),
            ("", "", ""),
        ] {
            let marked = |shown: Markup| {
                let shown = shown.into_string().replace("</span>", "]");
                shown.replace(
                    r#"<span class="hidden" title="a character that does not show">"#,
                    "[",
                )
            };
            assert_eq!(marked(visible(text)), expected, "{text:?}");
            assert_eq!(marked(name(text, 1000)), as_name, "{text:?}");
            assert_eq!(
                spelled_out(text),
                expected.replace(['[', ']'], ""),
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_cut_says_what_is_missing() {
        assert_eq!(cut("häuser", 6), ("häuser", 0));
        assert_eq!(cut("häuser", 2), ("hä", 4));
        assert_eq!(cut("", 0), ("", 0));
    }
}
