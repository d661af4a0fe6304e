//! A field that patches read has a key of its own in JSON.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited, serde::Deserialize)]
#[sea_orm(table_name = "users")]
#[audited(no_hooks)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[serde(flatten)]
    #[audited(update(Profile))]
    pub settings: Json,
}

fn main() {}
