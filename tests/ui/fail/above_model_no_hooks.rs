//! Above `#[sea_orm::model]`, with the `ActiveModelBehavior` that `no_hooks` stands for.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[derive(Audited)]
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
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
