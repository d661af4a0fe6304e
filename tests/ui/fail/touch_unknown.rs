//! A kind of write that there is not.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
#[audited(no_hooks)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(touch = insert)]
    pub created_at: DateTimeUtc,
}

fn main() {}
