//! Words of a name are found in whatever case it is written.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(update)]
    pub cardNumber: String,
}

impl ActiveModelBehavior for ActiveModel {}

fn main() {}
