//! Arrays of types that have an encoder.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

use super::Specimen;
use crate::types::entities::postgres::{Mood, Tags};

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "arrays")]
#[audited(no_hooks, others = record)]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    pub moods: Vec<Mood>,
    pub bools: Vec<bool>,
    pub small: Vec<i32>,
    pub large: Vec<i64>,
    pub floats: Vec<f32>,
    pub doubles: Vec<f64>,
    pub texts: Vec<String>,
    pub texts_or_null: Option<Vec<String>>,
    #[sea_orm(column_type = "Array(RcOrArc::new(ColumnType::Decimal(None)))")]
    pub decimals: Vec<Decimal>,
    pub uuids: Vec<Uuid>,
    pub days: Vec<Date>,
    pub instants: Vec<DateTimeUtc>,
    pub tags: Tags,
    #[sea_orm(select_as = "text[]", save_as = "inet[]")]
    pub networks: Vec<String>,
    #[audited(redact)]
    pub secrets: Option<Vec<i64>>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl Specimen for Entity {
    const BEFORE: &str = r#"CREATE TYPE "mood" AS ENUM ('so so', 'it''s "fine"')"#;
    const TABLE: Option<&str> = Some(
        "CREATE TABLE arrays (id integer PRIMARY KEY, moods mood[] NOT NULL, bools boolean[] NOT NULL, \
         small integer[] NOT NULL, large bigint[] NOT NULL, floats real[] NOT NULL, \
         doubles double precision[] NOT NULL, texts text[] NOT NULL, texts_or_null varchar[], \
         decimals numeric[] NOT NULL, uuids uuid[] NOT NULL, days date[] NOT NULL, \
         instants timestamptz[] NOT NULL, tags text[] NOT NULL, networks inet[] NOT NULL, secrets bigint[])",
    );

    fn rows() -> Vec<Model> {
        let texts = |texts: &[&str]| {
            texts
                .iter()
                .map(|text| (*text).to_owned())
                .collect::<Vec<_>>()
        };
        let instant = |micros| chrono::DateTime::from_timestamp_micros(micros).unwrap();
        let ordinary = Model {
            id: 0,
            moods: vec![Mood::Fine, Mood::SoSo],
            bools: vec![true, false],
            small: vec![i32::MIN, 0, 7],
            large: vec![i64::MIN, 0, (1 << 53) + 1],
            floats: vec![0.1, -0.0, f32::NAN],
            doubles: vec![f64::INFINITY, 1e17, 5e-324, 0.0],
            texts: texts(&["a", "", "NULL"]),
            texts_or_null: None,
            decimals: vec![Decimal::new(110, 2), Decimal::MAX, Decimal::ZERO],
            uuids: vec![Uuid::nil(), Uuid::max()],
            days: vec![instant(0).date_naive()],
            instants: vec![
                instant(1_709_296_496_123_456),
                instant(-62_200_000_000_000_001),
            ],
            tags: Tags(texts(&["{}", "\""])),
            networks: texts(&["10.0.0.1"]),
            secrets: Some(vec![1]),
        };
        let empty = Model {
            moods: Vec::new(),
            bools: Vec::new(),
            small: Vec::new(),
            large: Vec::new(),
            texts: Vec::new(),
            texts_or_null: Some(Vec::new()),
            decimals: Vec::new(),
            uuids: Vec::new(),
            tags: Tags(Vec::new()),
            secrets: None,
            ..ordinary.clone()
        };
        let alike = Model {
            floats: vec![0.1, 0.0, f32::NAN],
            doubles: vec![f64::INFINITY, 1e17, 5e-324, -0.0],
            texts: texts(&["A", "", "null"]),
            decimals: vec![Decimal::new(11, 1), Decimal::MAX, Decimal::ZERO],
            networks: texts(&["10.0.0.1/32", "::1"]),
            ..ordinary.clone()
        };
        vec![ordinary, empty, alike]
    }
}
