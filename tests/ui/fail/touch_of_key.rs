//! The key of a row does not change with its content.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
#[audited(no_hooks)]
pub struct Model {
    #[sea_orm(primary_key)]
    #[audited(touch)]
    pub id: i32,
    #[audited(record)]
    pub name: String,
}

fn main() {}
