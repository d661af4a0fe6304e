//! Values as plain JSON, whether or not a JSON store takes it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sea_orm::Value;
use sea_orm::sea_query::OptionEnum;
use serde_json::{Number, Value as Json};

use super::time::Text;

/// The JSON of a value.
///
/// `Value` has variants behind features that any crate may turn on, so only those this crate has a feature for are
/// named here, and the rest is foreign.
pub(crate) fn of(value: &Value) -> Json {
    if !value.is_some() {
        return Json::Null;
    }
    match value {
        Value::Bool(Some(value)) => (*value).into(),
        Value::TinyInt(Some(value)) => (*value).into(),
        Value::SmallInt(Some(value)) => (*value).into(),
        Value::Int(Some(value)) => (*value).into(),
        Value::BigInt(Some(value)) => integer((*value).into()),
        Value::TinyUnsigned(Some(value)) => (*value).into(),
        Value::SmallUnsigned(Some(value)) => (*value).into(),
        Value::Unsigned(Some(value)) => (*value).into(),
        Value::BigUnsigned(Some(value)) => integer((*value).into()),
        Value::Float(Some(value)) => float((*value).into()),
        Value::Double(Some(value)) => float(*value),
        Value::String(Some(value)) => value.as_str().into(),
        Value::Enum(OptionEnum::Some(value)) => value.value.as_ref().into(),
        Value::Char(Some(value)) => value.to_string().into(),
        Value::Bytes(Some(value)) => STANDARD.encode(value).into(),
        Value::Json(Some(value)) => Json::clone(value),
        Value::Uuid(Some(value)) => value.hyphenated().to_string().into(),
        Value::ChronoDate(Some(value)) => value.to_text().into(),
        Value::ChronoTime(Some(value)) => value.to_text().into(),
        Value::ChronoDateTime(Some(value)) => value.to_text().into(),
        Value::ChronoDateTimeUtc(Some(value)) => value.to_text().into(),
        Value::ChronoDateTimeLocal(Some(value)) => value.to_text().into(),
        Value::ChronoDateTimeWithTimeZone(Some(value)) => value.to_text().into(),
        #[cfg(feature = "with-time")]
        Value::TimeDate(Some(value)) => value.to_text().into(),
        #[cfg(feature = "with-time")]
        Value::TimeTime(Some(value)) => value.to_text().into(),
        #[cfg(feature = "with-time")]
        Value::TimeDateTime(Some(value)) => value.to_text().into(),
        #[cfg(feature = "with-time")]
        Value::TimeDateTimeWithTimeZone(Some(value)) => value.to_text().into(),
        #[cfg(feature = "with-rust_decimal")]
        Value::Decimal(Some(value)) => value.normalize().to_string().into(),
        #[cfg(feature = "with-bigdecimal")]
        Value::BigDecimal(Some(value)) => big_decimal(value).into(),
        #[cfg(feature = "with-ipnetwork")]
        Value::IpNetwork(Some(value)) => value.to_string().into(),
        #[cfg(feature = "with-mac_address")]
        Value::MacAddress(Some(value)) => value.to_string().to_lowercase().into(),
        #[cfg(feature = "postgres-array")]
        Value::Array(_, Some(elements)) => elements.iter().map(of).collect(),
        _ => foreign(value).into(),
    }
}

/// Whether two pieces of JSON are equal, numbers by what they count: PostgreSQL keeps 1 and 1.0 apart, nobody else does.
pub(super) fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(a), Json::Number(b)) => same_number(a, b),
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len()
                && a.iter()
                    .all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// The integers that a double holds exactly, and with it any reader of JSON.
const MAX_SAFE_INTEGER: u64 = (1 << 53) - 1;

fn integer(value: i128) -> Json {
    if value.unsigned_abs() <= MAX_SAFE_INTEGER.into() {
        (value as i64).into()
    } else {
        value.to_string().into()
    }
}

fn float(value: f64) -> Json {
    if value == 0.0 && value.is_sign_negative() {
        "-0".into()
    } else if value.fract() == 0.0 && value.abs() <= MAX_SAFE_INTEGER as f64 {
        (value as i64).into()
    } else if let Some(number) = Number::from_f64(value) {
        Json::Number(number)
    } else if value.is_nan() {
        "NaN".into()
    } else if value.is_sign_positive() {
        "Infinity".into()
    } else {
        "-Infinity".into()
    }
}

#[cfg(feature = "with-bigdecimal")]
fn big_decimal(value: &sea_orm::prelude::BigDecimal) -> String {
    // PostgreSQL has up to 131072 digits before the point. An exponent that no database has is not written out:
    // the zeros might not fit into memory.
    const MAX_SCALE: u64 = 200_000;

    let (digits, scale) = value.as_bigint_and_scale();
    if scale.unsigned_abs() <= MAX_SCALE {
        value.normalized().to_plain_string()
    } else {
        format!("{digits}e{}", -i128::from(scale))
    }
}

/// A value of a type that this crate has no feature for, as it would stand in SQL.
fn foreign(value: &Value) -> String {
    // sea-query panics on the literal of a char that is not ASCII. Only as element of a foreign array can one get here.
    if cfg!(not(feature = "postgres-array")) {
        return format!("{value:?}");
    }
    let literal = value.to_string();
    let unquoted = literal
        .strip_prefix('\'')
        .and_then(|literal| literal.strip_suffix('\''));
    unquoted.unwrap_or(&literal).to_owned()
}

fn same_number(a: &Number, b: &Number) -> bool {
    match (whole(a), whole(b)) {
        (Some(a), Some(b)) => a == b,
        (None, None) => a == b,
        _ => false,
    }
}

/// A number that is an integer, exactly; `None` for others and for doubles of 2⁶⁴ and more.
fn whole(number: &Number) -> Option<i128> {
    if let Some(integer) = number.as_i64() {
        return Some(integer.into());
    }
    if let Some(integer) = number.as_u64() {
        return Some(integer.into());
    }
    let float = number.as_f64()?;
    (float.fract() == 0.0 && float.abs() < 2_f64.powi(64)).then_some(float as i128)
}
