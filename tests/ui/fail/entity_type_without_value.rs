//! An entity type is a string.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
#[audited(entity_type)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(update)]
    pub name: String,
}

impl ActiveModelBehavior for ActiveModel {}

fn main() {
    let _ = Patch::new().name("john");
}
