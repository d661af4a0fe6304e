//! The entity type of today is not a former one.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
#[audited(entity_type = "User", was = "User")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(record)]
    pub name: String,
}

impl ActiveModelBehavior for ActiveModel {}

fn main() {}
