//! Fields that had other names, and a parent.

pub mod team {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "teams")]
    #[audited(no_hooks, others = record)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

pub mod player {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "players")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(update, was = "nick")]
        pub name: String,
        #[audited(redact, was("mobile", "telephone"))]
        pub phone: String,
        #[audited(record, parent = super::team::Entity)]
        pub team_id: i32,
    }
}

use audit_runtime::{Audited, audited::Child};

fn main() {
    assert_eq!(player::Entity::was(player::Column::Name), ["nick"]);
    assert_eq!(player::Entity::was(player::Column::Phone), ["mobile", "telephone"]);
    assert!(player::Entity::was(player::Column::TeamId).is_empty());
    assert!(matches!(player::Entity::parent_column(), player::Column::TeamId));
}
