//! Of a skipped field the log has nothing under any name.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(skip, was = "seen")]
    pub seen_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}

fn main() {}
