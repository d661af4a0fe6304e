//! The entity id: a key as text.

use std::borrow::Cow;

use sea_orm::Value;
use serde_json::Value as Json;

use super::json;
use crate::text::identity;

/// Returns the text of a key. It has at most 512 characters and differs for any two keys of one type.
///
/// A single key is encoded without quotes. A composite key becomes a compact JSON array in the order of the key. Text
/// of 512 characters or more, or with U+0000, becomes a prefix and a SHA-256.
///
/// ```
/// use audit_runtime::encode::entity_id;
///
/// assert_eq!(entity_id(&[7.into()]), "7");
/// assert_eq!(entity_id(&["jane".into()]), "jane");
/// assert_eq!(entity_id(&[7.into(), "jane".into()]), r#"[7,"jane"]"#);
/// assert_eq!(entity_id(&["a".repeat(600).into()]).chars().count(), 512);
/// ```
pub fn entity_id(key: &[Value]) -> String {
    let text = match key {
        [value] => text_of(value),
        _ => key.iter().map(json_of).collect::<Json>().to_string(),
    };
    capped(text)
}

/// Shortens a key that the application supplies as text.
pub(crate) fn capped(text: String) -> String {
    const LIMIT: usize = 512;

    match identity(&text, LIMIT) {
        Cow::Borrowed(_) => text,
        Cow::Owned(capped) => capped,
    }
}

/// The encoding of a value, without quotes.
pub(crate) fn text_of(value: &Value) -> String {
    match json_of(value) {
        Json::String(text) => text,
        json => json.to_string(),
    }
}

/// A value that cannot be decoded is represented by its `Debug` text, so that two keys have two ids. No entry contains
/// such an id.
fn json_of(value: &Value) -> Json {
    json::of(value).unwrap_or_else(|| format!("{value:?}").into())
}
