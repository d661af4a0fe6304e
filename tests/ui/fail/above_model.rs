//! Above `#[sea_orm::model]` the derive would see the relations among the columns.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[derive(Audited)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(update)]
    pub name: String,
}

impl ActiveModelBehavior for ActiveModel {}

fn main() {}
