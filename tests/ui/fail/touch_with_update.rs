//! A field that the write itself sets and a patch could set, too.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
#[audited(no_hooks)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(update, touch)]
    pub updated_at: DateTimeUtc,
}

fn main() {
    let _ = Patch::new().updated_at(DateTimeUtc::default());
}
