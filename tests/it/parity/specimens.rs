//! The entities on which the plans are compared, and rows of them that PostgreSQL accepts.

pub mod array;
pub mod cast;
pub mod composite;
pub mod country;
pub mod draft;
pub mod feeling;
pub mod long_key;
pub mod padded;
pub mod parcel;
pub mod route;
pub mod vault;
pub mod wide;

use audit_runtime::audited::{Audited, ModelOf, NewRow};
use sea_orm::Value;

use crate::types::{
    entities::{moment, number, text},
    rows,
};

/// An entity with unusual rows.
pub trait Specimen: Audited<ActiveModel: NewRow<Entity = Self>> {
    /// SQL that runs before the table is created.
    const BEFORE: &str = "";
    /// The table, if it differs from SeaORM's.
    const TABLE: Option<&str> = None;
    /// SQL that runs after the table is created.
    const AFTER: &str = "";

    /// Whether to try random values. Where text has a syntax, both plans refuse them, but at different times.
    const ODD: bool = true;

    /// Rows that PostgreSQL accepts. Their keys do not matter.
    fn rows() -> Vec<ModelOf<Self>>;

    fn keys() -> Vec<Vec<Value>> {
        (1..=3).map(|id: i32| vec![id.into()]).collect()
    }

    /// Columns whose values the database computes.
    fn computed() -> Vec<Self::Column> {
        Vec::new()
    }
}

fn without<M>(rows: Vec<(&'static str, M)>, refused: &[&str]) -> Vec<M> {
    let rows = rows.into_iter().filter(|(name, _)| !refused.contains(name));
    rows.map(|(_, row)| row).collect()
}

impl Specimen for number::Entity {
    fn rows() -> Vec<number::Model> {
        let mut rows = without(rows::numbers(), &["29 digits"]);
        let ordinary = rows[0].clone();
        let floats = [
            f32::NAN,
            f32::INFINITY,
            f32::NEG_INFINITY,
            -0.0,
            f32::from_bits(1),
        ];
        let with_floats = floats.map(|float| number::Model {
            float,
            float_or_null: Some(-float),
            double: f64::from_bits(1),
            double_or_null: Some(0.0),
            ..ordinary.clone()
        });
        rows.extend(with_floats);
        rows
    }
}

impl Specimen for text::Entity {
    fn rows() -> Vec<text::Model> {
        without(rows::texts(), &["NUL", "NUL in JSON", "NUL in binary JSON"])
    }
}

impl Specimen for moment::Entity {
    fn rows() -> Vec<moment::Model> {
        let mut rows = without(rows::moments(), &["leap second"]);
        let ordinary = rows[0].clone();
        // Years without four digits, which only one of the two libraries supports.
        let years = [
            "+10000-01-01T00:00:00",
            "+123456-07-08T09:10:11.12",
            "0000-02-29T23:59:59.999999",
            "-0001-12-31T00:00:00.000001",
            "-4000-03-01T12:00:00",
        ];
        let distant = years.map(|local| {
            let local: chrono::NaiveDateTime = local.parse().unwrap();
            moment::Model {
                day: local.date(),
                local,
                utc: local.and_utc(),
                zoned: local.and_utc().fixed_offset(),
                local_or_null: Some(local),
                ..ordinary.clone()
            }
        });
        rows.extend(distant);
        rows
    }
}
