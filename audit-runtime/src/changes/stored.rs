//! One change as it is stored: the values, and beside them what they are where plain JSON cannot say it.

use std::borrow::Cow;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value as Json;

use super::Change;
use crate::encode::Encoded;

/// The keys of a stored change with their values.
pub(super) fn parts(change: &Change) -> impl Iterator<Item = (&'static str, Cow<'_, Json>)> {
    let Change { before, after } = change;
    let sides = [
        ("before", "before_is", before),
        ("after", "after_is", after),
    ];
    sides.into_iter().flat_map(|(key, key_is, value)| {
        let json = value.as_ref().and_then(Encoded::json);
        let form = value.as_ref().and_then(form);
        [
            json.map(|json| (key, json)),
            form.map(|form| (key_is, Cow::Owned(form.into()))),
        ]
        .into_iter()
        .flatten()
    })
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(parts(self))
    }
}

/// A stored change, before it is checked. Refuses what this version does not know: a later format must not be misread.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stored {
    #[serde(default, deserialize_with = "present")]
    before: Option<Json>,
    #[serde(default, deserialize_with = "present")]
    before_is: Option<String>,
    #[serde(default, deserialize_with = "present")]
    after: Option<Json>,
    #[serde(default, deserialize_with = "present")]
    after_is: Option<String>,
}

impl TryFrom<Stored> for Change {
    type Error = Unknown;

    fn try_from(stored: Stored) -> Result<Self, Unknown> {
        let change = Change {
            before: encoded(stored.before, stored.before_is)?,
            after: encoded(stored.after, stored.after_is)?,
        };
        if change == Change::default() {
            return Err(Unknown);
        }
        Ok(change)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("not a change as this version stores it")]
pub(super) struct Unknown;

const JSON_NULL: &str = "json_null";
const BASE64: &str = "base64";
const REDACTED: &str = "redacted";

fn form(encoded: &Encoded) -> Option<&'static str> {
    match encoded {
        Encoded::Plain(_) => None,
        Encoded::JsonNull => Some(JSON_NULL),
        Encoded::Base64(_) => Some(BASE64),
        Encoded::Redacted => Some(REDACTED),
    }
}

fn encoded(json: Option<Json>, form: Option<String>) -> Result<Option<Encoded>, Unknown> {
    Ok(match (json, form.as_deref()) {
        (None, None) => None,
        (Some(json), None) => Some(Encoded::Plain(json)),
        (Some(Json::Null), Some(JSON_NULL)) => Some(Encoded::JsonNull),
        (Some(Json::String(text)), Some(BASE64)) => Some(Encoded::Base64(text)),
        (None, Some(REDACTED)) => Some(Encoded::Redacted),
        _ => return Err(Unknown),
    })
}

/// A key that is there, be it with `null`: left to itself, serde takes that for an absent one.
fn present<'de, T, D>(deserializer: D) -> Result<Option<T>, D::Error>
where
    T: Deserialize<'de>,
    D: Deserializer<'de>,
{
    T::deserialize(deserializer).map(Some)
}
