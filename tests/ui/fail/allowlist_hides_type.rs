//! A generated struct is not called like a type of the model.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveValueType)]
pub struct ProfilePatch(String);

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(update(Profile))]
    pub profile: ProfilePatch,
}

impl ActiveModelBehavior for ActiveModel {}

fn main() {}
