//! Encodes column values as plain JSON, and decodes them.
//!
//! This is format 1. A value contains no tags: the column's type says how to read it. A form that plain JSON cannot
//! express is a variant of [`Encoded`], stored as a marker beside the value.
//!
//! | value | JSON |
//! |---|---|
//! | NULL | `null` |
//! | integer | number; beyond ±(2⁵³−1) a string |
//! | decimal | string without exponent, trailing zeros or negative zero: `"1.1"` |
//! | float | number, whole ones without a point; `"-0"`, `"NaN"`, `"Infinity"`, `"-Infinity"` |
//! | text, char, native enum | string |
//! | bytes | string, base64 |
//! | uuid | string, lower case with hyphens |
//! | date, time, date-time | `"2024-03-01"`, `"12:34:56.123456"`, `"2024-03-01T12:34:56.123456"` |
//! | instant | `"2024-03-01T12:34:56.123456Z"`, always UTC |
//! | network, MAC address | string, lower case |
//! | JSON | itself |
//! | array | array of its elements |
//!
//! A fraction of a second has six digits, or nine if it is finer than a microsecond.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sea_orm::Value;
use serde_json::Value as Json;

pub use self::decode::{DecodeError, decode};
pub use self::entity_id::entity_id;
pub use self::kind::ValueKind;

mod decode;
pub(crate) mod entity_id;
pub(crate) mod json;
mod kind;
pub(crate) mod number;
pub(crate) mod storable;
mod time;

/// One value in its stored form.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Encoded {
    /// Plain JSON. The column's type says how to read it. SQL NULL is `null`.
    Plain(Json),
    /// The JSON value `null` in a JSON column, which differs from SQL NULL.
    JsonNull,
    /// Text that a database's JSON type refuses, in base64: text with U+0000, and JSON that contains U+0000, is
    /// nested deeper than 24 levels or, where the library reads it, has a number that neither 64 bits nor a double hold.
    Base64(String),
    /// A value that was not stored.
    Redacted,
    /// A value that was stored, and that an ERASE removed from the entry later.
    Erased,
    /// A value in a form that this version does not know. It contains the name of the form, not the value.
    Unknown(String),
}

/// Encodes a value. It never fails. A value of a type that this build cannot decode becomes [`Encoded::Redacted`]; an
/// entity that records such a column is refused before the first write.
///
/// ```
/// use audit_runtime::encode::{Encoded, encode};
/// use serde_json::json;
///
/// assert_eq!(encode(&7.into()), Encoded::Plain(json!(7)));
/// assert_eq!(encode(&i64::MAX.into()), Encoded::Plain(json!("9223372036854775807")));
/// assert_eq!(encode(&vec![1_u8, 2, 255].into()), Encoded::Plain(json!("AQL/")));
/// assert_eq!(encode(&None::<String>.into()), Encoded::Plain(json!(null)));
/// assert_eq!(encode(&json!(null).into()), Encoded::JsonNull);
/// assert_eq!(encode(&"a\0b".into()), Encoded::Base64("YQBi".to_owned()));
/// ```
pub fn encode(value: &Value) -> Encoded {
    if is_json_null(value) {
        return Encoded::JsonNull;
    }
    let Some(json) = json::of(value) else {
        return Encoded::Redacted;
    };
    if storable::is_storable(&json) && !has_json_null(value) {
        Encoded::Plain(json)
    } else {
        Encoded::Base64(STANDARD.encode(original(value, json)))
    }
}

/// Whether two values of one column have the same meaning: 1.10 and 1.1, one instant in two time zones, or JSON that
/// differs in the order of keys or in the notation of a number.
///
/// `==` is not enough: a value of a range never equals itself, an instant does not equal itself in another variant, and
/// 0 equals -0, which the log distinguishes.
pub(crate) fn same(a: &Value, b: &Value) -> bool {
    if a == b && !may_hold_zero(a) {
        return true;
    }
    match (encode(a), encode(b)) {
        // This build has no encoding for the type, so only its `Debug` text can be compared.
        (Encoded::Redacted, Encoded::Redacted) => format!("{a:?}") == format!("{b:?}"),
        (a, b) => a.means(&b),
    }
}

fn may_hold_zero(value: &Value) -> bool {
    match value {
        Value::Float(_) | Value::Double(_) => true,
        #[cfg(feature = "postgres-array")]
        Value::Array(..) => true,
        _ => false,
    }
}

impl Encoded {
    pub(crate) const NULL: Encoded = Encoded::Plain(Json::Null);

    /// Encodes JSON text that plain JSON cannot repeat.
    pub(crate) fn of_text(text: &str) -> Encoded {
        Encoded::Base64(STANDARD.encode(text))
    }

    /// The JSON in the log; `None` for a redacted or unknown value.
    pub(crate) fn json(&self) -> Option<Cow<'_, Json>> {
        match self {
            Encoded::Plain(json) => Some(Cow::Borrowed(json)),
            Encoded::JsonNull => Some(Cow::Owned(Json::Null)),
            Encoded::Base64(text) => Some(Cow::Owned(text.as_str().into())),
            Encoded::Redacted | Encoded::Erased | Encoded::Unknown(_) => None,
        }
    }

    /// Whether two encodings of one column have the same meaning.
    pub(crate) fn means(&self, other: &Encoded) -> bool {
        match (self, other) {
            (Encoded::Plain(a), Encoded::Plain(b)) => json::same(a, b),
            _ => self == other,
        }
    }
}

fn is_json_null(value: &Value) -> bool {
    matches!(value, Value::Json(Some(json)) if json.is_null())
}

/// Inside an array, plain JSON cannot distinguish a JSON null from an SQL NULL.
fn has_json_null(value: &Value) -> bool {
    match value {
        #[cfg(feature = "postgres-array")]
        Value::Array(_, Some(elements)) => elements.iter().any(is_json_null),
        _ => false,
    }
}

/// The text that is encoded in base64. For an array it is JSON in which each element that is not NULL is wrapped in an
/// array.
fn original(value: &Value, json: Json) -> String {
    match (value, json) {
        #[cfg(feature = "postgres-array")]
        (Value::Array(_, Some(elements)), _) => elements
            .iter()
            .map(|element| match json::of(element) {
                Some(json) if element.is_some() => Json::Array(vec![json]),
                _ => Json::Null,
            })
            .collect::<Json>()
            .to_string(),
        (Value::Json(_), json) => json.to_string(),
        (_, Json::String(text)) => text,
        (_, json) => json.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, FixedOffset};
    use sea_orm::Value;
    use serde_json::json;

    use super::same;

    #[test]
    fn values_are_compared_by_meaning() {
        let kolkata: DateTime<FixedOffset> = "2024-03-01T18:04:56+05:30".parse().unwrap();
        let cases: [(Value, Value, bool); 11] = [
            (kolkata.into(), kolkata.to_utc().into(), true),
            (
                kolkata.into(),
                (kolkata + chrono::TimeDelta::nanoseconds(1)).into(),
                false,
            ),
            (f64::NAN.into(), f64::NAN.into(), true),
            (0.0.into(), 0.0.into(), true),
            (0.0.into(), (-0.0).into(), false),
            (json!({"a": 1}).into(), json!({"a": 1.0}).into(), true),
            (json!(null).into(), Value::Json(None), false),
            (Value::Json(None), Value::Json(None), true),
            ("1".into(), "1.0".into(), false),
            ("a\0".into(), "a\0".into(), true),
            ("YQA=".into(), "a\0".into(), false),
        ];
        for (a, b, expected) in cases {
            assert_eq!(same(&a, &b), expected, "{a:?} {b:?}");
        }
    }
}
