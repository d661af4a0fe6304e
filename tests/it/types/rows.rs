//! States of one row: ordinary ones, limits of types, and values that some database refuses.

mod moments;
mod numbers;
mod texts;

use chrono::DateTime;
use sea_orm::prelude::{Decimal, Uuid};
use serde_json::json;

pub use self::moments::moments;
pub use self::numbers::{big, huge, numbers, unsigned};
pub use self::texts::texts;
use super::{check::ID, entities::postgres};

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
