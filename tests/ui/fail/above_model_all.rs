//! All derives above `#[sea_orm::model]`.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm::model]
#[sea_orm(table_name = "users")]
#[audited(no_hooks)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(update)]
    pub name: String,
}

fn main() {
    let _ = Patch::new().name("john");
}
