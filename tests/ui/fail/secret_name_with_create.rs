//! `create` implies that a field is recorded, not that a secret may be.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(create(SignUp))]
    pub reset_token: String,
}

impl ActiveModelBehavior for ActiveModel {}

fn main() {
    let _ = SignUpDraft::new().reset_token("1234");
}
