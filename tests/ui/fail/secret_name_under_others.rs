//! What looks like a secret is asked for in spite of `others`.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
#[audited(others = record)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub api_key: String,
}

impl ActiveModelBehavior for ActiveModel {}

fn main() {}
