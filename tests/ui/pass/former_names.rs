//! Names pass on: to another field, and between two.

use audit_runtime::{Audited, audited::Audited as _};
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "members")]
#[audited(entity_type = "Member", was("User", "users"))]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(record, was = "name")]
    pub full_name: String,
    #[audited(record)]
    pub name: String,
    #[audited(record, was = "home")]
    pub work: String,
    #[audited(record, was = "work")]
    pub home: String,
}

impl ActiveModelBehavior for ActiveModel {}

fn main() {
    assert_eq!(Entity::FORMER_ENTITY_TYPES, ["User", "users"]);
    assert_eq!(Entity::was(Column::FullName), ["name"]);
    assert_eq!(Entity::was(Column::Work), ["home"]);
}
