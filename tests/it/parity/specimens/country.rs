//! A key that the database pads with blanks.

use audit_runtime::Audited;
use sea_orm::{Value, entity::prelude::*};

use super::Specimen;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "country")]
#[audited(no_hooks, others = record)]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Char(Some(4))")]
    pub code: String,
    pub value: i32,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl Specimen for Entity {
    fn rows() -> Vec<Model> {
        let row = |value| Model {
            code: String::new(),
            value,
        };
        [1, 2].map(row).to_vec()
    }

    fn keys() -> Vec<Vec<Value>> {
        ["de", " de", "ž"].map(|key| vec![key.into()]).to_vec()
    }
}
