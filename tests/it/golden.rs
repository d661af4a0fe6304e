//! Format 1, byte by byte. Stored entries must stay readable, so a difference here is a breaking change.
//!
//! `UPDATE_GOLDEN=1` overwrites the files.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::{env, fs};

use audit_runtime::changes::Change;
use audit_runtime::encode::{ValueKind, decode, encode, entity_id};
use chrono::{DateTime, FixedOffset, NaiveDate, NaiveTime};
use sea_orm::Value;
use sea_orm::prelude::{BigDecimal, Decimal, IpNetwork, Uuid};
use sea_orm::sea_query::value::prelude::mac_address::MacAddress;
use sea_orm::sea_query::value::prelude::time;
use sea_orm::sea_query::{ArrayType, Enum, OptionEnum};
use serde::Serialize;
use serde_json::json;

#[test]
fn changes() {
    let values = values();
    let stored = values.iter().map(|(name, value)| {
        let mut change = Change::default();
        change.after = Some(encode(value));
        (*name, change)
    });
    let stored: BTreeMap<_, _> = stored.collect();
    check("changes.json", &stored);

    for (name, value) in &values {
        let kind = match value {
            Value::Array(of, _) => ValueKind::Array(of.clone()),
            _ => ValueKind::Scalar(value.array_type()),
        };
        let after = stored[name].after.as_ref().unwrap();
        assert_eq!(&decode(after, &kind).unwrap(), value, "{name}");
    }
    assert_eq!(stored.len(), values.len());
}

#[test]
fn entity_ids() {
    let ids: BTreeMap<_, _> = keys()
        .into_iter()
        .map(|(name, key)| (name, entity_id(&key)))
        .collect();
    check("entity_ids.json", &ids);
}

fn check(file: &str, actual: &(impl Serialize + Debug)) {
    let path = format!("{}/it/golden/{file}", env!("CARGO_MANIFEST_DIR"));
    let actual = serde_json::to_string_pretty(actual).unwrap() + "\n";
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &actual).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert!(
        actual == expected,
        "{file} is not what is written now:\n{actual}"
    );
}

fn values() -> Vec<(&'static str, Value)> {
    let date = NaiveDate::from_ymd_opt(2024, 3, 1).unwrap();
    let at = |nanosecond| NaiveTime::from_hms_nano_opt(12, 34, 56, nanosecond).unwrap();
    let instant: DateTime<FixedOffset> = "2024-03-01T12:34:56.123456+05:30".parse().unwrap();
    let time_date = time::Date::from_calendar_date(2024, time::Month::March, 1).unwrap();
    let time_time = time::Time::from_hms_micro(12, 34, 56, 123_456).unwrap();
    let time_date_time = time::PrimitiveDateTime::new(time_date, time_time);
    vec![
        ("bool", true.into()),
        ("bool, NULL", None::<bool>.into()),
        ("i8", i8::MIN.into()),
        ("i16", i16::MIN.into()),
        ("i32", i32::MIN.into()),
        ("i64", 42_i64.into()),
        ("i64, largest number", 9_007_199_254_740_991_i64.into()),
        ("i64, smallest string", 9_007_199_254_740_992_i64.into()),
        ("i64, least", i64::MIN.into()),
        ("u8", u8::MAX.into()),
        ("u16", u16::MAX.into()),
        ("u32", u32::MAX.into()),
        ("u64", u64::MAX.into()),
        ("f32", 0.1_f32.into()),
        ("f32, whole", 2.0_f32.into()),
        ("f64", 0.1.into()),
        ("f64, whole", 2.0.into()),
        ("f64, negative zero", (-0.0).into()),
        ("f64, large", 1e300.into()),
        ("f64, smallest", 5e-324.into()),
        ("f64, NaN", f64::NAN.into()),
        ("f64, infinity", f64::INFINITY.into()),
        ("f64, negative infinity", f64::NEG_INFINITY.into()),
        ("text", "žluťoučký \"kůň\"\n".into()),
        ("text, empty", "".into()),
        ("text, NULL", None::<String>.into()),
        ("text, U+0000", "a\0b".into()),
        ("char", 'ž'.into()),
        ("char, U+0000", '\0'.into()),
        (
            "enum",
            Value::Enum(OptionEnum::Some(Box::new(Enum {
                type_name: "mood".into(),
                value: "happy".into(),
            }))),
        ),
        ("enum, NULL", Value::Enum(OptionEnum::None("mood".into()))),
        ("bytes", vec![0_u8, 1, 254, 255].into()),
        ("bytes, empty", Vec::<u8>::new().into()),
        (
            "uuid",
            Uuid::from_u128(0x0190_ABCD_0000_7000_8000_0000_0000_00FF).into(),
        ),
        ("decimal", Decimal::new(110, 2).into()),
        ("decimal, zero", Decimal::new(0, 2).into()),
        ("decimal, largest", Decimal::MAX.into()),
        ("decimal, smallest", Decimal::new(-1, 28).into()),
        (
            "big decimal",
            "-123456789012345678901234567890.0120"
                .parse::<BigDecimal>()
                .unwrap()
                .into(),
        ),
        (
            "big decimal, hundreds",
            "12e2".parse::<BigDecimal>().unwrap().into(),
        ),
        ("date", date.into()),
        (
            "date, year 10000",
            NaiveDate::from_ymd_opt(10_000, 1, 1).unwrap().into(),
        ),
        (
            "date, year -1",
            NaiveDate::from_ymd_opt(-1, 1, 1).unwrap().into(),
        ),
        ("time", at(123_456_000).into()),
        ("time, nanosecond", at(123_456_789).into()),
        ("time, whole second", at(0).into()),
        (
            "time, leap second",
            NaiveTime::from_hms_nano_opt(23, 59, 59, 1_000_000_000)
                .unwrap()
                .into(),
        ),
        ("date-time", date.and_time(at(123_456_000)).into()),
        ("instant, fixed offset", instant.into()),
        ("instant, utc", instant.to_utc().into()),
        (
            "instant, local",
            instant.with_timezone(&chrono::Local).into(),
        ),
        ("time: date", time_date.into()),
        ("time: time", time_time.into()),
        ("time: date-time", time_date_time.into()),
        (
            "time: instant",
            time_date_time
                .assume_offset(time::UtcOffset::from_hms(5, 30, 0).unwrap())
                .into(),
        ),
        (
            "network",
            "10.1.0.0/16".parse::<IpNetwork>().unwrap().into(),
        ),
        (
            "network, host",
            "2001:DB8::1".parse::<IpNetwork>().unwrap().into(),
        ),
        (
            "mac address",
            MacAddress::new([0x08, 0x00, 0x2B, 0xAB, 0xCD, 0xEF]).into(),
        ),
        (
            "json",
            json!({ "b": [1, 1.5, null], "a": { "after_is": "redacted" } }).into(),
        ),
        ("json, null", json!(null).into()),
        ("json, NULL", Value::Json(None)),
        ("json, U+0000", json!({ "key": "a\0b" }).into()),
        (
            "json, 25 levels",
            (0..25).fold(json!(0), |inner, _| json!([inner])).into(),
        ),
        ("array", vec!["a".to_owned(), "".to_owned()].into()),
        ("array, empty", Vec::<i64>::new().into()),
        ("array, NULL", None::<Vec<i64>>.into()),
        (
            "array, with NULL",
            array([Value::BigInt(None), i64::MAX.into()]),
        ),
        ("array, U+0000", array(["a\0b".into(), Value::String(None)])),
        (
            "array, json null",
            array([json!(null).into(), Value::Json(None), json!([1]).into()]),
        ),
    ]
}

fn keys() -> Vec<(&'static str, Vec<Value>)> {
    let uuid = Uuid::from_u128(0x0190_ABCD_0000_7000_8000_0000_0000_00FF);
    let instant: DateTime<FixedOffset> = "2024-03-01T12:34:56+05:30".parse().unwrap();
    vec![
        ("bool", vec![true.into()]),
        ("i32", vec![(-7).into()]),
        ("i64, beyond a double", vec![i64::MAX.into()]),
        ("u64", vec![u64::MAX.into()]),
        ("text", vec!["jane \"doe\"".into()]),
        ("text, empty", vec!["".into()]),
        ("text, of digits", vec!["007".into()]),
        ("text, U+0000", vec!["a\0b".into()]),
        ("text, 511 characters", vec!["ž".repeat(511).into()]),
        ("text, 512 characters", vec!["ž".repeat(512).into()]),
        ("char", vec!['ž'.into()]),
        ("bytes", vec![vec![0_u8, 1, 254, 255].into()]),
        ("uuid", vec![uuid.into()]),
        ("decimal", vec![Decimal::new(110, 2).into()]),
        ("date", vec![instant.date_naive().into()]),
        ("instant", vec![instant.into()]),
        ("two", vec![7.into(), "jane \"doe\"".into()]),
        ("three", vec![i64::MAX.into(), uuid.into(), false.into()]),
        ("two, U+0000", vec![7.into(), "a\0b".into()]),
        ("two, long", vec![7.into(), "ž".repeat(512).into()]),
    ]
}

fn array<const N: usize>(elements: [Value; N]) -> Value {
    let of = elements.first().map_or(ArrayType::Int, Value::array_type);
    Value::Array(of, Some(Box::new(elements.to_vec())))
}
