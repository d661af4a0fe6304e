//! The attribute of a derive stands below it.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[audited(no_hooks)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(update)]
    pub name: String,
}

fn main() {
    let _ = Patch::new().name("john");
}
