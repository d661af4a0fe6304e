//! Values of columns whose type has changed.

use audit_runtime::encode::{Encoded, ValueKind, decode};
use chrono::NaiveDateTime;
use sea_orm::Value;
use sea_orm::prelude::{BigDecimal, Decimal};
use sea_orm::sea_query::ArrayType;
use serde_json::{Value as Json, json};

/// Values that were written before their column's type changed.
#[test]
fn what_widens_without_loss_reads_and_nothing_else_does() {
    use ArrayType::{
        BigDecimal as Big, BigInt, BigUnsigned, ChronoDate, ChronoDateTime, ChronoDateTimeUtc,
        Decimal as Dec, Double, Float, Int, SmallInt, String as Text,
    };
    let decimal = |text: &str| -> Option<Value> { Some(text.parse::<Decimal>().unwrap().into()) };
    let big = |text: &str| -> Option<Value> { Some(text.parse::<BigDecimal>().unwrap().into()) };
    let midnight: NaiveDateTime = "2024-03-01T00:00:00".parse().unwrap();
    let cases: Vec<(Json, ArrayType, Option<Value>)> = vec![
        // From an integer.
        (json!(7), BigInt, Some(7_i64.into())),
        (json!(7), SmallInt, Some(7_i16.into())),
        (json!(70_000), SmallInt, None),
        (json!(-1), BigUnsigned, None),
        (json!(7), Dec, decimal("7")),
        (json!(-7), Big, big("-7")),
        (
            json!("9223372036854775807"),
            Dec,
            decimal("9223372036854775807"),
        ),
        (json!(7), Double, Some(7.0.into())),
        (json!(16_777_217), Float, None),
        (json!("9007199254740993"), Double, None),
        (
            json!("9007199254740992"),
            Double,
            Some(9_007_199_254_740_992.0.into()),
        ),
        // From a decimal.
        (json!("7"), Int, Some(7.into())),
        (json!("7.5"), Int, None),
        (json!("7.5"), Double, Some(7.5.into())),
        (json!("0.1"), Double, Some(0.1.into())),
        (json!("0.1"), Float, None),
        (json!("0.12345678901234567890"), Double, None),
        (json!("0.1234567890123456789012345678901"), Dec, None),
        (
            json!("0.1234567890123456789012345678901"),
            Big,
            big("0.1234567890123456789012345678901"),
        ),
        // From a float, which never had the digits of a decimal.
        (json!(0.1), Dec, None),
        (json!(0.1), Big, None),
        (json!(1.5), Int, None),
        (json!(0.1), Float, None),
        (json!(f64::from(0.1_f32)), Float, Some(0.1_f32.into())),
        (
            json!(f64::from(0.1_f32)),
            Double,
            Some(f64::from(0.1_f32).into()),
        ),
        (json!("Infinity"), Double, Some(f64::INFINITY.into())),
        (json!("-0"), Double, Some((-0.0).into())),
        // From text, only in the form in which the value is written.
        (json!("007"), Int, None),
        (json!("+7"), Int, None),
        (json!(" 7"), Int, None),
        (json!("7e0"), Int, None),
        // From a date, and from times with and without a zone.
        (json!("2024-03-01"), ChronoDateTime, Some(midnight.into())),
        (json!("2024-03-01"), ChronoDateTimeUtc, None),
        (json!("2024-03-01T12:34:56.000000"), ChronoDate, None),
        (json!("2024-03-01T12:34:56.000000"), ChronoDateTimeUtc, None),
        (json!("2024-03-01T12:34:56.000000Z"), ChronoDateTime, None),
        (json!(true), Text, None),
        (json!(true), Int, None),
    ];
    for (json, of, expected) in cases {
        let read = decode(
            &Encoded::Plain(json.clone()),
            &ValueKind::Scalar(of.clone()),
        )
        .ok();
        assert_eq!(read, expected, "{json} as {of:?}");
    }
}
