//! Rows of numbers.

use sea_orm::prelude::{BigDecimal, Decimal};

use super::super::{
    check::ID,
    entities::{huge, number, unsigned},
};

pub fn numbers() -> Vec<(&'static str, number::Model)> {
    let ordinary = number::Model {
        id: ID,
        bool: true,
        i16: 7,
        i32: -7,
        i64: 42,
        float: 0.1,
        double: 0.1,
        decimal: Decimal::new(11, 1),
        big_decimal: big("-12.5"),
        bool_or_null: None,
        i16_or_null: None,
        i32_or_null: None,
        i64_or_null: None,
        float_or_null: None,
        double_or_null: None,
        money_or_null: None,
        big_decimal_or_null: None,
    };
    let with_i64 = |i64| number::Model {
        i64,
        i64_or_null: Some(-i64),
        ..ordinary.clone()
    };
    let with_double = |double| number::Model {
        double,
        double_or_null: Some(double),
        ..ordinary.clone()
    };
    vec![
        ("ordinary", ordinary.clone()),
        (
            "nothing is NULL",
            number::Model {
                bool: false,
                bool_or_null: Some(false),
                i16_or_null: Some(0),
                i32_or_null: Some(0),
                i64_or_null: Some(0),
                float_or_null: Some(-0.5),
                double_or_null: Some(-0.5),
                money_or_null: Some(Decimal::new(-150, 2)),
                big_decimal_or_null: Some(big("0")),
                ..ordinary.clone()
            },
        ),
        (
            "least",
            number::Model {
                i16: i16::MIN,
                i32: i32::MIN,
                i64: i64::MIN,
                float: f32::MIN,
                double: f64::MIN,
                i16_or_null: Some(i16::MIN),
                i32_or_null: Some(i32::MIN),
                i64_or_null: Some(i64::MIN),
                ..ordinary.clone()
            },
        ),
        (
            "greatest",
            number::Model {
                i16: i16::MAX,
                i32: i32::MAX,
                i64: i64::MAX,
                float: f32::MAX,
                double: f64::MAX,
                i64_or_null: Some(i64::MAX),
                ..ordinary.clone()
            },
        ),
        ("2^53 - 1", with_i64((1 << 53) - 1)),
        ("2^53", with_i64(1 << 53)),
        ("2^53 + 1", with_i64((1 << 53) + 1)),
        ("-0", with_double(-0.0)),
        ("2^53 as double", with_double(9_007_199_254_740_992.0)),
        ("1e17", with_double(1e17)),
        ("1e300", with_double(1e300)),
        ("smallest normal", with_double(f64::MIN_POSITIVE)),
        ("next to 1", with_double(1.0 + f64::EPSILON)),
        (
            "digits",
            number::Model {
                decimal: "123456789012345678.0123456789".parse().unwrap(),
                big_decimal: big("1234567890123456789012345678.0123456789"),
                ..ordinary.clone()
            },
        ),
        ("NaN", with_double(f64::NAN)),
        ("infinity", with_double(f64::INFINITY)),
        ("-infinity", with_double(f64::NEG_INFINITY)),
        (
            "29 digits",
            number::Model {
                decimal: Decimal::MAX,
                ..ordinary.clone()
            },
        ),
        ("ordinary again", ordinary),
    ]
}

pub fn unsigned() -> Vec<(&'static str, unsigned::Model)> {
    let least = unsigned::Model {
        id: ID,
        i8: i8::MIN,
        u8: 0,
        u16: 0,
        u32: 0,
        i8_or_null: None,
        u8_or_null: None,
        u16_or_null: None,
        u32_or_null: None,
    };
    let greatest = unsigned::Model {
        id: ID,
        i8: i8::MAX,
        u8: u8::MAX,
        u16: u16::MAX,
        u32: u32::MAX,
        i8_or_null: Some(0),
        u8_or_null: Some(u8::MAX),
        u16_or_null: Some(u16::MAX),
        u32_or_null: Some(u32::MAX),
    };
    vec![("least", least), ("greatest", greatest)]
}

pub fn huge() -> Vec<(&'static str, huge::Model)> {
    let state = |u64, u64_or_null| huge::Model {
        id: ID,
        u64,
        u64_or_null,
    };
    vec![
        ("least", state(0, None)),
        ("greatest", state(u64::MAX, Some(u64::MAX - 1))),
        ("2^53 + 1", state((1 << 53) + 1, Some(1 << 53))),
    ]
}

pub fn big(digits: &str) -> BigDecimal {
    digits.parse().unwrap()
}
