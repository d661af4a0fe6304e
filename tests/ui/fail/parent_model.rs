//! A parent is an entity, not its `Model`.

mod entities;

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "addresses")]
#[audited(no_hooks)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(update)]
    pub name: String,
    #[audited(record, parent = entities::user::Model)]
    pub user_id: i32,
}

fn main() {
    let _ = Patch::new().name("john");
}
