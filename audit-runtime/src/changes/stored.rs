//! The stored form of one change: both values, and a marker beside a value that plain JSON cannot express.

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

/// Never fails: a form that this version does not know becomes `Unknown` in its field.
impl<'de> Deserialize<'de> for Change {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Json::deserialize(deserializer).map(of)
    }
}

fn of(json: Json) -> Change {
    let Json::Object(mut parts) = json else {
        return unknown("no change");
    };
    let mut side = |key: &str, key_is: &str| {
        let (json, form) = (parts.remove(key), parts.remove(key_is));
        encoded(json, form)
    };
    let mut change = Change {
        before: side("before", "before_is"),
        after: side("after", "after_is"),
    };
    if change == Change::default() {
        return unknown("no change");
    }
    // An unknown marker may change the meaning of the value.
    if let Some(part) = parts.keys().next() {
        let sides = [&mut change.before, &mut change.after].into_iter();
        for side in sides.flatten() {
            *side = Encoded::Unknown(part.clone());
        }
    }
    change
}

fn unknown(form: &str) -> Change {
    let side = || Some(Encoded::Unknown(form.to_owned()));
    Change {
        before: side(),
        after: side(),
    }
}

const JSON_NULL: &str = "json_null";
const BASE64: &str = "base64";
const REDACTED: &str = "redacted";
const ERASED: &str = "erased";

fn form(encoded: &Encoded) -> Option<&str> {
    match encoded {
        Encoded::Plain(_) => None,
        Encoded::JsonNull => Some(JSON_NULL),
        Encoded::Base64(_) => Some(BASE64),
        Encoded::Redacted => Some(REDACTED),
        Encoded::Erased => Some(ERASED),
        Encoded::Unknown(form) => Some(form),
    }
}

fn encoded(json: Option<Json>, form: Option<Json>) -> Option<Encoded> {
    Some(match (json, form) {
        (None, None) => return None,
        (Some(json), None) => Encoded::Plain(json),
        (json, Some(Json::String(form))) => match (json, &*form) {
            (Some(Json::Null), JSON_NULL) => Encoded::JsonNull,
            (Some(Json::String(text)), BASE64) => Encoded::Base64(text),
            (None, REDACTED) => Encoded::Redacted,
            (None, ERASED) => Encoded::Erased,
            _ => Encoded::Unknown(form),
        },
        (_, Some(form)) => Encoded::Unknown(form.to_string()),
    })
}
