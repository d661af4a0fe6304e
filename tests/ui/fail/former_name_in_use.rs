//! The name that a field has is not a former one of its own.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(record, was = "username")]
    pub username: String,
}

impl ActiveModelBehavior for ActiveModel {}

fn main() {}
