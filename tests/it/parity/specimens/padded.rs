//! Keys and a label that the database pads with blanks.

use audit_runtime::Audited;
use sea_orm::{Value, entity::prelude::*};

use super::Specimen;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "padded")]
#[audited(no_hooks, others = record)]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Char(Some(4))")]
    pub code: String,
    #[sea_orm(primary_key, auto_increment = false)]
    pub nth: i32,
    #[sea_orm(column_type = "Char(Some(300))", nullable)]
    #[audited(record, label)]
    pub label: Option<String>,
    #[sea_orm(column_type = "Char(Some(3))")]
    pub text: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl Specimen for Entity {
    fn rows() -> Vec<Model> {
        let labels = [
            None,
            Some(String::new()),
            Some("ž ".to_owned()),
            Some("a\tb\u{1}".to_owned()),
            Some("a".repeat(300)),
        ];
        let rows = labels.into_iter().zip(["", "a", "a ", " a", "abc"]);
        rows.map(|(label, text)| Model {
            code: String::new(),
            nth: 0,
            label,
            text: text.to_owned(),
        })
        .collect()
    }

    fn keys() -> Vec<Vec<Value>> {
        let keys = ["de", " de", "ž", ""];
        keys.into_iter()
            .map(|key| vec![key.into(), 1.into()])
            .collect()
    }
}
