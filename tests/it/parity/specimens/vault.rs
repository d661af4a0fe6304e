//! Columns that are redacted or skipped.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;
use serde_json::json;

use super::Specimen;

#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "vaults")]
#[audited(no_hooks, others = redact)]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i32,
    #[audited(record)]
    pub owner: String,
    pub text: String,
    pub text_or_null: Option<String>,
    pub bytes_or_null: Option<Vec<u8>>,
    #[sea_orm(column_type = "Json", nullable)]
    pub json_or_null: Option<Json>,
    #[sea_orm(column_type = "JsonBinary")]
    pub json_binary: Json,
    pub double: f64,
    #[audited(skip)]
    pub seen: Option<String>,
    #[sea_orm(column_type = "Json", nullable)]
    #[audited(skip)]
    pub settings: Option<Json>,
    #[audited(skip)]
    pub tags: Vec<String>,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl Specimen for Entity {
    fn rows() -> Vec<Model> {
        let empty = Model {
            id: 0,
            owner: "jane.doe".to_owned(),
            text: String::new(),
            text_or_null: None,
            bytes_or_null: None,
            json_or_null: None,
            json_binary: json!(null),
            double: 0.0,
            seen: None,
            settings: None,
            tags: Vec::new(),
        };
        let full = Model {
            owner: "john.smith".to_owned(),
            text: "a".to_owned(),
            text_or_null: Some(String::new()),
            bytes_or_null: Some(vec![0]),
            json_or_null: Some(json!(null)),
            json_binary: json!({ "a": 1 }),
            double: -0.0,
            seen: Some("now".to_owned()),
            settings: Some(json!([1, 1.0])),
            tags: vec!["a".to_owned()],
            ..empty.clone()
        };
        vec![empty, full]
    }
}
