//! Conversion of values to JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sea_orm::Value;
use sea_orm::sea_query::OptionEnum;
use serde_json::{Number, Value as Json};

use super::number::Digits;
use super::time::Text;

/// Converts a value to JSON; `None` for a type that this build cannot decode.
///
/// Any crate may turn on features that add variants to `Value`, so only the variants of this crate's own features are
/// named.
pub(crate) fn of(value: &Value) -> Option<Json> {
    if !value.is_some() {
        return Some(Json::Null);
    }
    Some(match value {
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
        Value::Array(_, Some(elements)) => elements.iter().map(of).collect::<Option<_>>()?,
        _ => return None,
    })
}

/// Whether two JSON values are equal. Numbers are compared by value: PostgreSQL distinguishes 1 and 1.0, other
/// databases do not.
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

/// The range of integers that a double, and therefore any JSON reader, represents exactly.
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
    // PostgreSQL has up to 131072 digits before the point. A larger exponent is not expanded, because its zeros might
    // not fit into memory.
    const MAX_SCALE: u64 = 200_000;

    let (digits, scale) = value.as_bigint_and_scale();
    if scale.unsigned_abs() <= MAX_SCALE {
        value.normalized().to_plain_string()
    } else {
        format!("{digits}e{}", -i128::from(scale))
    }
}

/// Any crate may turn on serde_json's `arbitrary_precision`. Then a number is the text it was parsed from.
fn same_number(a: &Number, b: &Number) -> bool {
    if a == b {
        return true;
    }
    if let (Some(a), Some(b)) = (a.as_i64(), b.as_i64()) {
        return a == b;
    }
    match (Digits::of(&a.to_string()), Digits::of(&b.to_string())) {
        (Some(a), Some(b)) => a == b,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::Value;
    use serde_json::{Value as Json, json};

    use super::{of, same};

    #[test]
    fn integers_beyond_a_double_are_strings() {
        let safe = 9_007_199_254_740_991_i64;
        let cases = [
            (safe.into(), json!(safe)),
            ((-safe).into(), json!(-safe)),
            ((safe + 1).into(), json!("9007199254740992")),
            ((-safe - 1).into(), json!("-9007199254740992")),
            (i64::MIN.into(), json!("-9223372036854775808")),
            (u64::MAX.into(), json!("18446744073709551615")),
            (i8::MIN.into(), json!(-128)),
            (u32::MAX.into(), json!(4_294_967_295_u32)),
        ];
        check(cases);
    }

    #[test]
    fn floats_are_numbers_where_json_has_one() {
        let cases = [
            (0.1.into(), json!(0.1)),
            (1.0.into(), json!(1)),
            (0.0.into(), json!(0)),
            ((-0.0).into(), json!("-0")),
            (
                9_007_199_254_740_991.0.into(),
                json!(9_007_199_254_740_991_i64),
            ),
            (1e300.into(), json!(1e300)),
            (5e-324.into(), json!(5e-324)),
            (f64::NAN.into(), json!("NaN")),
            (f64::INFINITY.into(), json!("Infinity")),
            (f64::NEG_INFINITY.into(), json!("-Infinity")),
            (0.1_f32.into(), json!(0.10000000149011612)),
            (f32::NEG_INFINITY.into(), json!("-Infinity")),
        ];
        check(cases);
    }

    #[test]
    #[cfg(feature = "with-rust_decimal")]
    fn decimals_have_one_form() {
        use sea_orm::prelude::Decimal;

        let cases = [
            (Decimal::new(110, 2), "1.1"),
            (Decimal::new(100, 2), "1"),
            (Decimal::new(0, 28), "0"),
            (-Decimal::new(0, 2), "0"),
            (Decimal::MIN, "-79228162514264337593543950335"),
            (Decimal::new(1, 28), "0.0000000000000000000000000001"),
        ];
        check(cases.map(|(value, text)| (value.into(), text.into())));
    }

    #[test]
    #[cfg(feature = "with-bigdecimal")]
    fn big_decimals_are_written_out_as_far_as_a_database_has_them() {
        use sea_orm::prelude::BigDecimal;

        let zeros = "0".repeat(131_071);
        let cases = [
            ("1.10", "1.1".to_owned()),
            ("1e3", "1000".to_owned()),
            ("-0.00", "0".to_owned()),
            ("1e-20", "0.00000000000000000001".to_owned()),
            ("1e131071", format!("1{zeros}")),
            ("1e9223372036854775807", "1e9223372036854775807".to_owned()),
            (
                "-10e-9223372036854775807",
                "-10e-9223372036854775807".to_owned(),
            ),
        ];
        check(cases.map(|(value, text)| {
            let value: BigDecimal = value.parse().unwrap();
            (value.into(), text.into())
        }));
        let smallest = BigDecimal::new(10.into(), i64::MIN);
        check([(smallest.into(), "10e9223372036854775808".into())]);
    }

    #[test]
    #[cfg(feature = "postgres-array")]
    fn arrays_are_arrays() {
        use sea_orm::sea_query::ArrayType;

        let elements = [Some(1), None, Some(i64::MAX)].map(Value::BigInt);
        let array = Value::Array(ArrayType::BigInt, Some(Box::new(elements.to_vec())));
        let cases = [
            (array, json!([1, null, "9223372036854775807"])),
            (vec![0.5, f64::NAN].into(), json!([0.5, "NaN"])),
            (Vec::<i32>::new().into(), json!([])),
            (None::<Vec<i32>>.into(), json!(null)),
        ];
        check(cases);
    }

    #[test]
    fn json_is_compared_by_what_it_says() {
        let cases = [
            (
                json!({"a": 1, "b": [1.5]}),
                json!({"b": [1.5], "a": 1.0}),
                true,
            ),
            (
                json!(9_007_199_254_740_993_u64),
                json!(9_007_199_254_740_992.0),
                false,
            ),
            (json!(-1), json!(u64::MAX), false),
            (json!(1e20), json!(1e20), true),
            (json!([1, 2]), json!([1]), false),
            (json!({"a": 1}), json!({"b": 1}), false),
            (json!("1"), json!(1), false),
        ];
        for (a, b, expected) in cases {
            assert_eq!(same(&a, &b), expected, "{a} {b}");
            assert_eq!(same(&b, &a), expected, "{b} {a}");
        }
    }

    fn check(cases: impl IntoIterator<Item = (Value, Json)>) {
        for (value, json) in cases {
            assert_eq!(of(&value), Some(json), "{value:?}");
        }
    }
}
