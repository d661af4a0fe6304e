//! Text from anywhere, as a reader is to see it.

use maud::{Markup, html};

use crate::text::is_invisible;

/// The text, with characters spelled out that do not show, or that reorder what stands around them.
///
/// Line ends and tabs stay.
pub(super) fn visible(text: &str) -> Markup {
    html! {
        @for piece in text.split_inclusive(is_hidden) {
            @match piece.chars().next_back().filter(|char| is_hidden(*char)) {
                Some(hidden) => {
                    (piece[..piece.len() - hidden.len_utf8()])
                    span.hidden title="a character that does not show" { (hidden.escape_unicode()) }
                }
                None => (piece),
            }
        }
    }
}

/// The same for places that hold text alone.
pub(super) fn spelled_out(text: &str) -> String {
    let spell = |char: char| match char {
        _ if is_hidden(char) => char.escape_unicode().to_string(),
        _ => char.to_string(),
    };
    text.chars().map(spell).collect()
}

/// The first characters, and how many were left out.
pub(super) fn cut(text: &str, limit: usize) -> (&str, usize) {
    match text.char_indices().nth(limit) {
        Some((end, _)) => (&text[..end], text[end..].chars().count()),
        None => (text, 0),
    }
}

fn is_hidden(char: char) -> bool {
    is_invisible(char) || char.is_control() && !matches!(char, '\n' | '\t')
}

#[cfg(test)]
mod tests {
    use super::{cut, visible};

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
        for (text, expected) in [
            ("plain\n\ttext", "plain\n\ttext"),
            ("a\u{202e}b", r"a[\u{202e}]b"),
            ("\u{200b}\r\0", r"[\u{200b}][\u{d}][\u{0}]"),
            ("", ""),
        ] {
            let shown = visible(text).into_string();
            let shown = shown
                .replace(
                    r#"<span class="hidden" title="a character that does not show">"#,
                    "[",
                )
                .replace("</span>", "]");
            assert_eq!(shown, expected, "{text:?}");
        }
    }

    #[test]
    fn a_cut_says_what_is_missing() {
        assert_eq!(cut("häuser", 6), ("häuser", 0));
        assert_eq!(cut("häuser", 2), ("hä", 4));
        assert_eq!(cut("", 0), ("", 0));
    }
}
