//! One field's values, before and after.

use maud::{Markup, html};
use serde_json::Value as Json;

use super::{
    Detail, diff,
    text::{cut, visible},
};
use crate::{changes::Change, encode::Encoded};

/// Longer text is shown as a diff.
const LONG: usize = 80;

/// The most characters of a value that a timeline shows.
const SHORT: usize = 400;

/// The most characters of a value that are shown at all.
const WHOLE: usize = 100_000;

/// What became of a field.
pub(super) fn change(change: &Change, detail: Detail) -> Markup {
    match (&change.before, &change.after) {
        (Some(Encoded::Redacted), Some(Encoded::Redacted)) => html! {
            "changed, " (value(&Encoded::Redacted, detail))
        },
        (Some(before), Some(after)) => match long_texts(before, after) {
            Some((before, after)) => difference(&before, &after, detail),
            None => html! {
                span.vh { "from " } (went(before, detail))
                span.arrow aria-hidden="true" { " → " }
                span.vh { " to " } (came(after, detail))
            },
        },
        (Some(before), None) => went(before, detail),
        (None, Some(after)) => came(after, detail),
        (None, None) => html! {},
    }
}

fn went(before: &Encoded, detail: Detail) -> Markup {
    html! { del.block[has_lines(before)] { (value(before, detail)) } }
}

fn came(after: &Encoded, detail: Detail) -> Markup {
    html! { ins.block[has_lines(after)] { (value(after, detail)) } }
}

fn value(value: &Encoded, detail: Detail) -> Markup {
    match value {
        Encoded::Plain(Json::Null) => html! { em.none { "nothing" } },
        Encoded::Plain(Json::String(text)) if text.is_empty() => {
            html! { em.none { "empty text" } }
        }
        Encoded::Plain(json) => shortened(&shown(json), detail),
        Encoded::JsonNull => html! { em.none { "JSON null" } },
        Encoded::Base64(text) => html! {
            em.none { "base64 " } (shortened(text, detail))
        },
        Encoded::Redacted => html! {
            em.redacted title="that there was a value is recorded, the value is not" { "redacted" }
        },
    }
}

fn difference(before: &str, after: &str, detail: Detail) -> Markup {
    let (before, before_left) = cut(before, WHOLE);
    let (after, after_left) = cut(after, WHOLE);
    html! {
        @if before.contains('\n') || after.contains('\n') {
            (diff::lines(before, after, detail))
        } @else {
            (diff::words(before, after, detail))
        }
        @if before_left + after_left > 0 {
            p.note {
                "Only the first " (WHOLE) " characters are compared here; "
                (before_left) " before and " (after_left) " after are not."
            }
        }
    }
}

fn shortened(text: &str, detail: Detail) -> Markup {
    let limit = match detail {
        Detail::Short => SHORT,
        Detail::Whole => WHOLE,
    };
    let (shown, left) = cut(text, limit);
    html! {
        span.value { (visible(shown)) }
        @if left > 0 { em.none { "… and " (left) " characters more" } }
    }
}

/// Two texts of which at least one is long: worth a comparison word by word.
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
    if is_long(&line) {
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
