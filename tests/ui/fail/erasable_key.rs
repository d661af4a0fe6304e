//! Entries are found by the key.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "patients")]
#[audited(no_hooks)]
pub struct Model {
    #[sea_orm(primary_key)]
    #[audited(erasable)]
    pub id: i32,
    #[audited(update)]
    pub ward: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

fn main() {}
