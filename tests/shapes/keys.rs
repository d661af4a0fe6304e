//! Keys of every kind.

pub mod texts;
pub mod typed;

/// Two columns, the second of which is text.
pub mod composite {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde_json::{Value, json};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "members")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub team_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub name: String,
        #[audited(create, update)]
        pub role: Option<String>,
    }

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = (i32, String);
        type Entity = Entity;
        type Draft = Draft;
        type Patch = Patch;

        fn conflict() -> Vec<Column> {
            vec![Column::TeamId, Column::Name]
        }

        fn row(n: i32) -> Value {
            json!({ "team_id": n / 2, "name": format!("\"{n}\", ü"), "role": "guest" })
        }

        fn change(n: i32) -> Value {
            json!({ "role": (n != 2).then(|| format!("role {n}")) })
        }
    }
}

/// A UUID that the application generates.
pub mod uuid {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde_json::{Value, json};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "sessions")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub id: Uuid,
        #[audited(create, update)]
        pub owner: Option<Uuid>,
    }

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = Uuid;
        type Entity = Entity;
        type Draft = Draft;
        type Patch = Patch;

        fn conflict() -> Vec<Column> {
            vec![Column::Id]
        }

        fn row(n: i32) -> Value {
            json!({ "id": format!("67e55044-10b1-426f-9247-bb680e5fe0c{n}"), "owner": null })
        }

        fn change(n: i32) -> Value {
            json!({ "owner": format!("A7e55044-10b1-426f-9247-bb680e5fe0c{n}") })
        }
    }
}

/// A number that the database generates, in a newtype.
pub mod newtype {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde_json::{Value, json};

    #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, DeriveValueType, serde::Deserialize)]
    #[sea_orm(try_from_u64)]
    pub struct AccountId(pub i64);

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "accounts")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: AccountId,
        #[sea_orm(unique)]
        #[audited(create)]
        pub number: i64,
        #[audited(create, update)]
        pub belongs_to: Option<AccountId>,
    }

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = AccountId;
        type Entity = Entity;
        type Draft = Draft;
        type Patch = Patch;

        fn conflict() -> Vec<Column> {
            vec![Column::Number]
        }

        fn row(n: i32) -> Value {
            json!({ "number": n, "belongs_to": null })
        }

        fn change(n: i32) -> Value {
            json!({ "belongs_to": 9_007_199_254_740_990_i64 + i64::from(n) })
        }
    }
}

/// Text in a type that validates it.
pub mod text_newtype {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde_json::{Value, json};

    #[derive(Clone, Debug, PartialEq, Eq, Hash, DeriveValueType, serde::Deserialize)]
    pub struct Sku(pub String);

    impl sea_orm::TryFromU64 for Sku {
        fn try_from_u64(_: u64) -> Result<Self, DbErr> {
            Err(DbErr::ConvertFromU64("Sku"))
        }
    }

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "parts")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub sku: Sku,
        #[audited(create, update)]
        pub replaces: Option<Sku>,
    }

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = Sku;
        type Entity = Entity;
        type Draft = Draft;
        type Patch = Patch;

        fn conflict() -> Vec<Column> {
            vec![Column::Sku]
        }

        fn row(n: i32) -> Value {
            json!({ "sku": format!("SKU/{n}"), "replaces": null })
        }

        fn change(n: i32) -> Value {
            json!({ "replaces": format!("SKU/old/{n}") })
        }
    }
}
