//! Decoding: the exact inverse of `encode`.

#[cfg(any(feature = "with-rust_decimal", feature = "with-bigdecimal"))]
use std::borrow::Cow;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chrono::NaiveDate;
use sea_orm::Value;
use sea_orm::sea_query::{ArrayType, Enum, EnumTypeName, OptionEnum};
use serde_json::Value as Json;

use super::number::{are_kept, is_exact};
use super::time::Text;
use super::{Encoded, ValueKind};

/// The reason why a value could not be decoded. It names the expected and the found kind, never the value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The value was redacted.
    #[error("the value is redacted")]
    Redacted,
    /// The value was erased.
    #[error("the value was erased")]
    Erased,
    /// The value has a form that this version does not know.
    #[error("this version does not read a value of the form {0:?}")]
    Unknown(String),
    /// Several fields have had the name that is in the log.
    #[error("the log does not tell which of the fields that were called `{0}` it was")]
    NameReused(String),
    /// The column's current type does not accept the value.
    #[error("{shape} does not read as {kind}")]
    Mismatch {
        /// The kind of the column.
        kind: ValueKind,
        /// The kind of the stored JSON: "a number", "a string" …
        shape: &'static str,
    },
}

/// Decodes a value.
///
/// ```
/// use audit_runtime::encode::{DecodeError, Encoded, ValueKind, decode, encode};
/// use sea_orm::{Value, sea_query::ArrayType};
///
/// let kind = ValueKind::Scalar(ArrayType::BigInt);
/// for value in [Value::BigInt(None), Value::BigInt(Some(i64::MIN))] {
///     assert_eq!(decode(&encode(&value), &kind), Ok(value));
/// }
/// assert_eq!(decode(&Encoded::Redacted, &kind), Err(DecodeError::Redacted));
///
/// let error = decode(&Encoded::Plain("secret".into()), &kind).unwrap_err();
/// assert_eq!(error.to_string(), "a string does not read as BigInt");
/// ```
pub fn decode(encoded: &Encoded, kind: &ValueKind) -> Result<Value, DecodeError> {
    let value = match encoded {
        Encoded::Plain(json) => plain(json, kind),
        Encoded::JsonNull => json_null(kind),
        Encoded::Base64(text) => base64(text, kind),
        Encoded::Redacted => return Err(DecodeError::Redacted),
        Encoded::Erased => return Err(DecodeError::Erased),
        Encoded::Unknown(form) => return Err(DecodeError::Unknown(form.clone())),
    };
    value.ok_or_else(|| DecodeError::Mismatch {
        kind: kind.clone(),
        shape: shape(encoded),
    })
}

impl ValueKind {
    /// Whether this build can decode such values. Without the feature of their type it cannot.
    pub fn is_readable(&self) -> bool {
        let null = Encoded::NULL;
        match self {
            ValueKind::Scalar(_) => decode(&null, self).is_ok(),
            ValueKind::Array(of) => {
                decode(&null, self).is_ok() && ValueKind::Scalar(of.clone()).is_readable()
            }
            ValueKind::Opaque => false,
        }
    }
}

fn shape(encoded: &Encoded) -> &'static str {
    match encoded {
        Encoded::Plain(Json::Null) => "a NULL",
        Encoded::Plain(Json::Bool(_)) => "a boolean",
        Encoded::Plain(Json::Number(_)) => "a number",
        Encoded::Plain(Json::String(_)) => "a string",
        Encoded::Plain(Json::Array(_)) => "an array",
        Encoded::Plain(Json::Object(_)) => "an object",
        Encoded::JsonNull => "a JSON null",
        Encoded::Base64(_) => "text in base64",
        Encoded::Redacted => "a redacted value",
        Encoded::Erased => "an erased value",
        Encoded::Unknown(_) => "a value of another form",
    }
}

fn plain(json: &Json, kind: &ValueKind) -> Option<Value> {
    match (kind, json) {
        (ValueKind::Array(of), Json::Null) => array(of, None),
        (ValueKind::Array(of), Json::Array(elements)) => {
            let elements = elements.iter().map(|element| scalar(element, of));
            array(of, Some(elements.collect::<Option<_>>()?))
        }
        (ValueKind::Scalar(of), _) => scalar(json, of),
        _ => None,
    }
}

fn json_null(kind: &ValueKind) -> Option<Value> {
    match kind {
        ValueKind::Scalar(ArrayType::Json) => Some(Value::Json(Some(Box::new(Json::Null)))),
        _ => None,
    }
}

fn base64(text: &str, kind: &ValueKind) -> Option<Value> {
    let text = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    match kind {
        ValueKind::Scalar(ArrayType::Json) if are_kept(&text) => {
            Some(Value::Json(Some(serde_json::from_str(&text).ok()?)))
        }
        ValueKind::Scalar(ArrayType::Json) => None,
        ValueKind::Scalar(of) => scalar(&Json::String(text), of),
        ValueKind::Array(of) => {
            let elements: Vec<Option<[Json; 1]>> = serde_json::from_str(&text).ok()?;
            let elements = elements.iter().map(|element| match element {
                Some([Json::Null]) => json_null(&ValueKind::Scalar(of.clone())),
                Some([json]) => scalar(json, of),
                None => scalar(&Json::Null, of),
            });
            array(of, Some(elements.collect::<Option<_>>()?))
        }
        ValueKind::Opaque => None,
    }
}

#[cfg(feature = "postgres-array")]
fn array(of: &ArrayType, elements: Option<Vec<Value>>) -> Option<Value> {
    Some(Value::Array(of.clone(), elements.map(Box::new)))
}

#[cfg(not(feature = "postgres-array"))]
fn array(_: &ArrayType, _: Option<Vec<Value>>) -> Option<Value> {
    None
}

fn scalar(json: &Json, of: &ArrayType) -> Option<Value> {
    Some(match of {
        ArrayType::Bool => Value::Bool(nullable(json, Json::as_bool)?),
        ArrayType::TinyInt => Value::TinyInt(nullable(json, integer)?),
        ArrayType::SmallInt => Value::SmallInt(nullable(json, integer)?),
        ArrayType::Int => Value::Int(nullable(json, integer)?),
        ArrayType::BigInt => Value::BigInt(nullable(json, integer)?),
        ArrayType::TinyUnsigned => Value::TinyUnsigned(nullable(json, integer)?),
        ArrayType::SmallUnsigned => Value::SmallUnsigned(nullable(json, integer)?),
        ArrayType::Unsigned => Value::Unsigned(nullable(json, integer)?),
        ArrayType::BigUnsigned => Value::BigUnsigned(nullable(json, integer)?),
        ArrayType::Float => Value::Float(nullable(json, float)?),
        ArrayType::Double => Value::Double(nullable(json, double)?),
        ArrayType::String => Value::String(nullable(json, parse)?),
        ArrayType::Enum(name) => Value::Enum(native_enum(json, name)?),
        ArrayType::Char => Value::Char(nullable(json, parse)?),
        ArrayType::Bytes => Value::Bytes(nullable(json, bytes)?),
        ArrayType::Json => Value::Json(nullable(json, |json| Some(Box::new(json.clone())))?),
        ArrayType::Uuid => Value::Uuid(nullable(json, parse)?),
        ArrayType::ChronoDate => Value::ChronoDate(nullable(json, time)?),
        ArrayType::ChronoTime => Value::ChronoTime(nullable(json, time)?),
        ArrayType::ChronoDateTime => Value::ChronoDateTime(nullable(json, date_time)?),
        ArrayType::ChronoDateTimeUtc => Value::ChronoDateTimeUtc(nullable(json, time)?),
        ArrayType::ChronoDateTimeLocal => Value::ChronoDateTimeLocal(nullable(json, time)?),
        ArrayType::ChronoDateTimeWithTimeZone => {
            Value::ChronoDateTimeWithTimeZone(nullable(json, time)?)
        }
        #[cfg(feature = "with-time")]
        ArrayType::TimeDate => Value::TimeDate(nullable(json, time)?),
        #[cfg(feature = "with-time")]
        ArrayType::TimeTime => Value::TimeTime(nullable(json, time)?),
        #[cfg(feature = "with-time")]
        ArrayType::TimeDateTime => Value::TimeDateTime(nullable(json, date_time)?),
        #[cfg(feature = "with-time")]
        ArrayType::TimeDateTimeWithTimeZone => {
            Value::TimeDateTimeWithTimeZone(nullable(json, time)?)
        }
        #[cfg(feature = "with-rust_decimal")]
        ArrayType::Decimal => Value::Decimal(nullable(json, |json| {
            sea_orm::prelude::Decimal::from_str_exact(&decimal(json)?).ok()
        })?),
        #[cfg(feature = "with-bigdecimal")]
        ArrayType::BigDecimal => {
            Value::BigDecimal(nullable(json, |json| decimal(json)?.parse().ok())?.map(Box::new))
        }
        #[cfg(feature = "with-ipnetwork")]
        ArrayType::IpNetwork => Value::IpNetwork(nullable(json, parse)?),
        #[cfg(feature = "with-mac_address")]
        ArrayType::MacAddress => Value::MacAddress(nullable(json, parse)?),
        // A type that this crate has no feature for.
        #[allow(unreachable_patterns)]
        _ => return None,
    })
}

fn nullable<T>(json: &Json, read: impl FnOnce(&Json) -> Option<T>) -> Option<Option<T>> {
    match json {
        Json::Null => Some(None),
        _ => read(json).map(Some),
    }
}

fn parse<T: FromStr>(json: &Json) -> Option<T> {
    json.as_str()?.parse().ok()
}

/// An integer, or its text if it does not fit into a JSON number. The column may have been wider, decimal or text
/// before; then the text must be the integer's own notation.
fn integer<T: FromStr + ToString>(json: &Json) -> Option<T> {
    match json {
        Json::Number(number) => number.to_string().parse().ok(),
        _ => {
            let text = json.as_str()?;
            let integer: T = text.parse().ok()?;
            (integer.to_string() == text).then_some(integer)
        }
    }
}

/// A decimal is stored as text. If the column held integers before, it is stored as a number.
#[cfg(any(feature = "with-rust_decimal", feature = "with-bigdecimal"))]
fn decimal(json: &Json) -> Option<Cow<'_, str>> {
    match json {
        Json::Number(number) if number.is_f64() => None,
        Json::Number(number) => Some(number.to_string().into()),
        _ => Some(json.as_str()?.into()),
    }
}

/// A double, or the text of a value that JSON has no number for. A former decimal or integer is accepted only if a
/// double represents it exactly.
fn double(json: &Json) -> Option<f64> {
    match json {
        Json::Number(number) if number.is_f64() => number.to_string().parse().ok(),
        Json::Number(number) => {
            let double: f64 = number.to_string().parse().ok()?;
            is_exact(&number.to_string(), double).then_some(double)
        }
        _ => {
            let text = json.as_str()?;
            let double: f64 = text.parse().ok()?;
            (!double.is_finite() || is_exact(text, double)).then_some(double)
        }
    }
}

fn float(json: &Json) -> Option<f32> {
    let double = double(json)?;
    let float = double as f32;
    (f64::from(float) == double || double.is_nan()).then_some(float)
}

fn time<T: Text>(json: &Json) -> Option<T> {
    T::from_text(json.as_str()?)
}

/// A column of dates may have become one of dates and times. A date is then its first instant.
fn date_time<T: Text>(json: &Json) -> Option<T> {
    let text = json.as_str()?;
    T::from_text(text).or_else(|| {
        NaiveDate::from_text(text)?;
        T::from_text(&format!("{text}T00:00:00.000000"))
    })
}

fn bytes(json: &Json) -> Option<Vec<u8>> {
    STANDARD.decode(json.as_str()?).ok()
}

fn native_enum(json: &Json, name: &EnumTypeName) -> Option<OptionEnum> {
    let type_name = name.clone();
    Some(match nullable(json, parse::<String>)? {
        Some(value) => OptionEnum::Some(Box::new(Enum {
            type_name,
            value: value.into(),
        })),
        None => OptionEnum::None(type_name),
    })
}
