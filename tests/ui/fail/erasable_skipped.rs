//! Of a skipped field the log has no value that could be erased.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "patients")]
#[audited(no_hooks)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(skip, erasable)]
    pub name: String,
}

#[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

fn main() {}
