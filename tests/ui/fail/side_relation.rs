//! The list is of an entity, not of its relations.

use audit_runtime::Audited;

mod user {
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
        pub role: Option<String>,
    }

    impl ActiveModelBehavior for ActiveModel {}
}

#[derive(Audited)]
#[audited(entity = user::Relation)]
pub struct Columns {
    #[sea_orm(primary_key)]
    id: i32,
    #[audited(update)]
    name: String,
    #[audited(update)]
    role: Option<String>,
}

fn main() {}
