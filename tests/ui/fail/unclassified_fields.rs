//! Every field without a policy, in one error to paste from.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(update)]
    pub name: String,
    pub email: Option<String>,
    #[audited(label)]
    pub nick: String,
    pub r#type: i32,
    pub born_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}

fn main() {
    let _ = Patch::new().name("john");
}
