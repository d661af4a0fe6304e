//! States of one row: ordinary ones, the ends of what there is, and what some database refuses.

use chrono::{DateTime, NaiveDateTime};
use sea_orm::{
    prelude::{BigDecimal, Decimal, Uuid},
    sea_query::value::prelude::time,
};
use serde_json::{Value as Json, json};

use super::{
    check::ID,
    entities::{
        huge, moment, number, postgres,
        text::{self, Address, Color, Name, Size},
        unsigned,
    },
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

pub fn texts() -> Vec<(&'static str, text::Model)> {
    let ordinary = text::Model {
        id: ID,
        text: "žluťoučký \"kůň\"".to_owned(),
        bytes: vec![0, 1, 254, 255],
        uuid: Uuid::from_u128(0x0190_ABCD_0000_7000_8000_0000_0000_00FF),
        json: json!({ "b": [1, 1.5, null], "a": { "after_is": "redacted" } }),
        json_binary: json!([{ "b": 2, "a": 1 }]),
        size: Size::Small,
        color: Color::Black,
        name: Name("jane".to_owned()),
        address: Address {
            street: "Main St".to_owned(),
            number: None,
            position: [0.1, 52.0],
        },
        text_or_null: None,
        char_or_null: None,
        bytes_or_null: None,
        uuid_or_null: None,
        json_or_null: None,
        size_or_null: None,
        color_or_null: None,
        name_or_null: None,
        address_or_null: None,
    };
    let with_text = |text: &str| text::Model {
        text: text.to_owned(),
        text_or_null: Some(text.to_owned()),
        ..ordinary.clone()
    };
    let with_json = |json: Json| text::Model {
        json: json.clone(),
        json_binary: json.clone(),
        json_or_null: Some(json),
        ..ordinary.clone()
    };
    vec![
        ("ordinary", ordinary.clone()),
        (
            "nothing is NULL",
            text::Model {
                size: Size::Large,
                color: Color::White,
                text_or_null: Some("text".to_owned()),
                char_or_null: Some("12345678".to_owned()),
                bytes_or_null: Some(vec![0]),
                uuid_or_null: Some(Uuid::max()),
                json_or_null: Some(json!({})),
                size_or_null: Some(Size::Large),
                color_or_null: Some(Color::White),
                name_or_null: Some(Name("joe".to_owned())),
                address_or_null: Some(ordinary.address.clone()),
                ..ordinary.clone()
            },
        ),
        (
            "empty",
            text::Model {
                char_or_null: Some(String::new()),
                bytes: Vec::new(),
                bytes_or_null: Some(Vec::new()),
                uuid: Uuid::nil(),
                name: Name(String::new()),
                ..with_text("")
            },
        ),
        (
            "padded",
            text::Model {
                char_or_null: Some("de".to_owned()),
                ..with_text(" two ")
            },
        ),
        ("letter case", with_text(" TWO ")),
        ("four bytes", with_text("𝔘𝔫𝔦 🦀 \u{10FFFF}")),
        (
            "controls and directions",
            with_text("\u{1}\u{7f}\r\n\t\u{202E}txt\u{2066}\u{FEFF}\u{FFFD}\\u0000"),
        ),
        ("long", with_text(&"ž".repeat(20_000))),
        ("JSON null", with_json(json!(null))),
        ("JSON text", with_json(json!("null"))),
        (
            "JSON of all sorts",
            with_json(json!({ "": [[], {}, "", true, 0, -1, 0.1, 1e17, u64::MAX, "\\\"\u{1}🦀"] })),
        ),
        (
            "nested JSON",
            with_json((0..30).fold(json!(0), |inner, _| json!({ "in": [inner] }))),
        ),
        ("NUL", with_text("a\0b")),
        (
            "NUL in JSON",
            text::Model {
                json: json!({ "a\0b": ["c\0d"] }),
                ..ordinary.clone()
            },
        ),
        ("NUL in binary JSON", with_json(json!("a\0b"))),
        ("ordinary again", ordinary),
    ]
}

pub fn moments() -> Vec<(&'static str, moment::Model)> {
    let at = |local: &str| {
        let local: NaiveDateTime = local.parse().unwrap();
        let instant = local.and_utc();
        let local_2 = time_of(local);
        moment::Model {
            id: ID,
            day: local.date(),
            clock: local.time(),
            local,
            utc: instant,
            zoned: instant.with_timezone(&chrono::FixedOffset::east_opt(19_800).unwrap()),
            day_2: local_2.date(),
            clock_2: local_2.time(),
            local_2,
            zoned_2: local_2.assume_utc(),
            day_or_null: Some(local.date()),
            clock_or_null: Some(local.time()),
            local_or_null: Some(local),
            utc_or_null: Some(instant),
            zoned_or_null: Some(instant.fixed_offset()),
            day_2_or_null: Some(local_2.date()),
            clock_2_or_null: Some(local_2.time()),
            local_2_or_null: Some(local_2),
            zoned_2_or_null: Some(local_2.assume_utc()),
        }
    };
    let ordinary = at("2024-03-01T12:34:56.123456");
    // The driver sends an instant to MySQL as a TIMESTAMP, which begins in 1970 and ends in 2038.
    let local = |local: &str| moment::Model {
        utc: ordinary.utc,
        utc_or_null: None,
        zoned_2: ordinary.zoned_2,
        zoned_2_or_null: None,
        ..at(local)
    };
    vec![
        ("ordinary", ordinary.clone()),
        ("1969 local", local("1969-12-31T23:59:59.999999")),
        ("1000 local", local("1000-01-01T00:00:00")),
        ("9999 local", local("9999-12-31T23:59:59.999999")),
        (
            "NULL",
            moment::Model {
                day_or_null: None,
                clock_or_null: None,
                local_or_null: None,
                utc_or_null: None,
                zoned_or_null: None,
                day_2_or_null: None,
                clock_2_or_null: None,
                local_2_or_null: None,
                zoned_2_or_null: None,
                ..ordinary.clone()
            },
        ),
        ("whole second", at("2024-02-29T00:00:00")),
        ("half a second", at("2024-02-29T23:59:59.5")),
        ("a microsecond", at("1999-12-31T23:59:59.000001")),
        ("1969", at("1969-12-31T23:59:59.999999")),
        ("1000", at("1000-01-01T00:00:00")),
        ("9999", at("9999-12-31T23:59:59.999999")),
        ("nanoseconds", at("2024-03-01T12:34:56.123456789")),
        ("leap second", at("2016-12-31T23:59:60.5")),
        ("1", at("0001-01-01T00:00:00")),
        ("ordinary again", ordinary),
    ]
}

pub fn postgres() -> Vec<(&'static str, postgres::Model)> {
    use postgres::{Mood, Tags};

    let instant = DateTime::from_timestamp_micros(1_709_296_496_123_456).unwrap();
    let ordinary = postgres::Model {
        id: ID,
        mood: Mood::SoSo,
        mood_or_null: None,
        moods: vec![Mood::Fine, Mood::SoSo],
        network: "10.1.0.0/16".parse().unwrap(),
        mac: None,
        bools: vec![true, false],
        integers: vec![i64::MIN, 0, (1 << 53) + 1],
        floats: vec![0.1, -0.0, f32::NAN],
        doubles: vec![f64::INFINITY, 1e17, 5e-324],
        texts: vec!["a".to_owned(), String::new(), "NULL".to_owned()],
        texts_or_null: None,
        decimals: vec![Decimal::new(110, 2), Decimal::MAX],
        uuids: vec![Uuid::nil(), Uuid::max()],
        jsons: vec![json!({ "a": null }), json!(1), json!(null)],
        instants: vec![instant],
        tags: Tags(vec!["{}".to_owned(), "\"".to_owned()]),
    };
    vec![
        ("ordinary", ordinary.clone()),
        (
            "other",
            postgres::Model {
                mood: Mood::Fine,
                mood_or_null: Some(Mood::Fine),
                moods: vec![Mood::Fine],
                network: "2001:DB8::1".parse().unwrap(),
                mac: Some([0x08, 0x00, 0x2B, 0xAB, 0xCD, 0xEF].into()),
                texts_or_null: Some(Vec::new()),
                ..ordinary.clone()
            },
        ),
        (
            "subset",
            postgres::Model {
                bools: vec![true],
                integers: vec![i64::MIN, 0],
                texts: vec!["a".to_owned(), String::new()],
                jsons: vec![json!({ "a": null }), json!(1)],
                ..ordinary.clone()
            },
        ),
        (
            "another order",
            postgres::Model {
                bools: vec![false, true],
                texts: vec![String::new(), "a".to_owned(), "NULL".to_owned()],
                moods: vec![Mood::SoSo, Mood::Fine],
                ..ordinary.clone()
            },
        ),
        (
            "empty",
            postgres::Model {
                moods: Vec::new(),
                bools: Vec::new(),
                integers: Vec::new(),
                floats: Vec::new(),
                doubles: Vec::new(),
                texts: Vec::new(),
                decimals: Vec::new(),
                uuids: Vec::new(),
                jsons: Vec::new(),
                instants: Vec::new(),
                tags: Tags(Vec::new()),
                ..ordinary.clone()
            },
        ),
        (
            "NUL",
            postgres::Model {
                texts: vec!["a\0b".to_owned()],
                ..ordinary.clone()
            },
        ),
        ("ordinary again", ordinary),
    ]
}

pub fn big(digits: &str) -> BigDecimal {
    digits.parse().unwrap()
}

fn time_of(local: NaiveDateTime) -> time::PrimitiveDateTime {
    let utc = local.and_utc();
    let nanoseconds =
        i128::from(utc.timestamp()) * 1_000_000_000 + i128::from(utc.timestamp_subsec_nanos());
    let instant = time::OffsetDateTime::from_unix_timestamp_nanos(nanoseconds).unwrap();
    time::PrimitiveDateTime::new(instant.date(), instant.time())
}
