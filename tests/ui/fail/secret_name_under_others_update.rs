//! What looks like a secret is in no patch by default.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
#[audited(others = update)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    pub name: String,
    pub api_key: String,
}

impl ActiveModelBehavior for ActiveModel {}

fn main() {
    let _ = Patch::new().name("john");
}
