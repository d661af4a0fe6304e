//! The name of an allowlist comes without the suffix.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(update(AdminPatch))]
    pub name: String,
}

impl ActiveModelBehavior for ActiveModel {}

fn main() {}
