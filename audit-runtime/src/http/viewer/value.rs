//! The values of one field, before and after.

use maud::{Markup, html};
use serde_json::Value as Json;

use super::{
    diff,
    ink::{Ink, WHOLE},
    text::{cut, visible},
};
use crate::{changes::Change, encode::Encoded};

/// Longer text is shown as a diff.
const LONG: usize = 80;

/// The change of a field.
pub(super) fn change(change: &Change, ink: &Ink) -> Markup {
    if ink.is_used_up() {
        return left_out();
    }
    ink.used_by(|| match (&change.before, &change.after) {
        (Some(Encoded::Redacted), Some(Encoded::Redacted)) => html! {
            "changed, " (value(&Encoded::Redacted, ink))
        },
        (Some(before), Some(after)) => match long_texts(before, after) {
            Some((before, after)) => difference(&before, &after, ink),
            None => html! {
                span.vh { "from " } (went(before, ink))
                span.arrow aria-hidden="true" { " → " }
                span.vh { " to " } (came(after, ink))
            },
        },
        (Some(before), None) => went(before, ink),
        (None, Some(after)) => came(after, ink),
        (None, None) => html! {},
    })
}

/// A metadata value.
pub(super) fn told(json: &Json, ink: &Ink) -> Markup {
    if ink.is_used_up() {
        return left_out();
    }
    ink.used_by(|| shortened(&of_json(json, Layout::Line), ink))
}

fn left_out() -> Markup {
    html! { em.none { "left out: this page is full" } }
}

fn went(before: &Encoded, ink: &Ink) -> Markup {
    html! { del.block[has_lines(before)] { (value(before, ink)) } }
}

fn came(after: &Encoded, ink: &Ink) -> Markup {
    html! { ins.block[has_lines(after)] { (value(after, ink)) } }
}

/// A single value.
#[cfg(feature = "axum")]
pub(super) fn plain(encoded: &Encoded, ink: &Ink) -> Markup {
    if ink.is_used_up() {
        return left_out();
    }
    ink.used_by(|| value(encoded, ink))
}

fn value(value: &Encoded, ink: &Ink) -> Markup {
    match value {
        Encoded::Plain(Json::Null) => html! { em.none { "nothing" } },
        Encoded::Plain(Json::String(text)) if text.is_empty() => {
            html! { em.none { "empty text" } }
        }
        Encoded::Plain(json) => shortened(&shown(json), ink),
        Encoded::JsonNull => html! { em.none { "JSON null" } },
        Encoded::Base64(text) => html! {
            em.none { "base64 " } (shortened(text, ink))
        },
        Encoded::Unknown(form) => html! {
            em.none title="a later version wrote it" { "unknown: " (visible(form)) }
        },
        Encoded::Erased => html! {
            em.redacted title="the value was recorded, and erased since" { "erased" }
        },
        Encoded::Redacted => html! {
            em.redacted title="the log records that there was a value, not the value" { "redacted" }
        },
    }
}

fn difference(before: &str, after: &str, ink: &Ink) -> Markup {
    let compared = ink.compared_characters();
    let (before, before_left) = cut(before, compared);
    let (after, after_left) = cut(after, compared);
    html! {
        @if before.contains('\n') || after.contains('\n') {
            (diff::lines(before, after, ink))
        } @else {
            (diff::words(before, after, ink))
        }
        @if before_left + after_left > 0 {
            p.note {
                "Only the first " (compared) " characters are compared here; "
                (before_left) " before and " (after_left) " after are not."
            }
        }
    }
}

fn shortened(text: &str, ink: &Ink) -> Markup {
    let (shown, left) = cut(text, ink.characters());
    html! {
        span.value { (visible(shown)) }
        @if left > 0 { em.none { "… and " (left) " characters more" } }
    }
}

/// Two texts of which at least one is long enough for a comparison by words.
fn long_texts(before: &Encoded, after: &Encoded) -> Option<(String, String)> {
    let text = |value: &Encoded, layout: Layout| match value {
        Encoded::Plain(json @ (Json::String(_) | Json::Array(_) | Json::Object(_))) => {
            Some(of_json(json, layout))
        }
        _ => None,
    };
    let fits = |text: &String| !is_long(text);
    let (on_one_line, also) = (text(before, Layout::Line)?, text(after, Layout::Line)?);
    if fits(&on_one_line) && fits(&also) {
        return None;
    }
    // Indentation multiplies the length of nested values.
    if on_one_line.len().max(also.len()) > WHOLE {
        return Some((on_one_line, also));
    }
    Some((text(before, Layout::Lines)?, text(after, Layout::Lines)?))
}

#[derive(Clone, Copy, PartialEq)]
enum Layout {
    Line,
    Lines,
}

fn of_json(json: &Json, layout: Layout) -> String {
    match json {
        Json::String(text) => text.clone(),
        Json::Array(_) | Json::Object(_) if layout == Layout::Lines => format!("{json:#}"),
        _ => json.to_string(),
    }
}

/// On one line, if it fits.
fn shown(json: &Json) -> String {
    let line = of_json(json, Layout::Line);
    if is_long(&line) && line.len() <= WHOLE {
        of_json(json, Layout::Lines)
    } else {
        line
    }
}

fn has_lines(value: &Encoded) -> bool {
    matches!(value, Encoded::Plain(json) if shown(json).contains('\n'))
}

fn is_long(text: &str) -> bool {
    text.contains('\n') || text.chars().nth(LONG).is_some()
}
