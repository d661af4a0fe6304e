//! A row may belong to several rows.

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(record, parent = team::Entity)]
    pub team_id: i32,
    #[audited(record, parent = team::Entity)]
    pub former_team_id: i32,
}

impl ActiveModelBehavior for ActiveModel {}

pub mod team {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "teams")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }
}

fn main() {}
