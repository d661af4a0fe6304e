//! Keys that are too long for an entry.

use audit_runtime::Audited;
use sea_orm::{Value, entity::prelude::*};

use super::Specimen;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "long_keys")]
#[audited(no_hooks, others = record)]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    #[audited(label)]
    pub id: String,
    pub value: Option<i32>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl Specimen for Entity {
    fn rows() -> Vec<Model> {
        let values = [None, Some(0), Some(1)];
        let row = |value| Model {
            id: String::new(),
            value,
        };
        values.map(row).to_vec()
    }

    fn keys() -> Vec<Vec<Value>> {
        let keys = [
            "a".repeat(511),
            "a".repeat(512),
            "ž".repeat(513),
            "🦀".repeat(600) + " ",
            "\n \"quoted\" ".to_owned(),
            String::new(),
        ];
        keys.map(|key| vec![key.into()]).to_vec()
    }
}
