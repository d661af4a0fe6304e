//! The changes of an entry on one line.

use maud::{Markup, html};
use serde_json::Value as Json;

use super::{
    Sheet,
    text::{bounded, cut, visible},
};
use crate::{Entry, changes::Change, encode::Encoded};

/// The maximum number of fields, and of characters of a value.
const FIELDS: usize = 3;
const CHARACTERS: usize = 24;

/// The maximum number of characters of a field's name.
const FIELD: usize = 100;

pub(super) fn brief(sheet: &Sheet<'_>, entry: &Entry) -> Markup {
    let short = |field: &str, value: &Option<Encoded>| short(sheet, entry, field, value.as_ref());
    // The empty fields of a new row are not worth the space.
    let is_told = |change: &Change| {
        let mut sides = [&change.before, &change.after].into_iter().flatten();
        sides.any(|value| *value != Encoded::NULL)
    };
    let told: Vec<_> = entry
        .changes
        .iter()
        .filter(|(_, change)| is_told(change))
        .collect();
    html! {
        @for (index, (field, change)) in told.iter().take(FIELDS).enumerate() {
            @if index > 0 { ", " }
            span.field { (bounded(&sheet.viewer.names.field(entry.entity_type.as_deref(), field), FIELD)) }
            @match (short(field, &change.before), short(field, &change.after)) {
                (Some(before), Some(after)) => {
                    " " del { (before) } span.vh { " to " } span.arrow aria-hidden="true" { " → " } ins { (after) }
                }
                (Some(before), None) if change.after.is_none() => { " " del { (before) } }
                (None, Some(after)) if change.before.is_none() => { " " ins { (after) } }
                _ => {}
            }
        }
        @if let Some(more) = told.len().checked_sub(FIELDS).filter(|more| *more > 0) {
            " and " (more) " more"
        }
    }
}

/// `None` if the value is too long for a line, or is not shown.
fn short(sheet: &Sheet<'_>, entry: &Entry, field: &str, value: Option<&Encoded>) -> Option<Markup> {
    let Encoded::Plain(json) = value? else {
        return None;
    };
    let entity_type = entry.entity_type.as_deref();
    let text = match (sheet.viewer.names.value(entity_type, field, json), json) {
        (Some(name), _) => name,
        (None, Json::Null) => return Some(html! { em.none { "nothing" } }),
        (None, Json::String(text)) if text.is_empty() => {
            return Some(html! { em.none { "empty text" } });
        }
        (None, Json::String(text)) if !text.contains('\n') => text.clone(),
        (None, Json::Bool(_) | Json::Number(_)) => json.to_string(),
        (None, _) => return None,
    };
    let (shown, left) = cut(&text, CHARACTERS);
    (left == 0).then(|| html! { bdi { (visible(shown)) } })
}
