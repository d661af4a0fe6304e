//! The tables of retention, as SeaORM entities.

#![allow(unreachable_pub, reason = "as the derive generates")]

pub(super) mod hold {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_hold")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub entity_type: Option<String>,
        pub entity_id: Option<String>,
        pub actor_kind: Option<String>,
        pub actor_id: Option<String>,
        pub from_time: Option<DateTimeUtc>,
        pub to_time: Option<DateTimeUtc>,
        pub entry_id: i64,
        pub released_by: Option<i64>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod floor {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "audit_floor")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub policy: String,
        pub entity_type: Option<String>,
        pub action: Option<String>,
        pub seconds: i64,
        pub hot: Option<i64>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
