//! Columns with types of the application.

/// Enums that are stored as text, as numbers and as enums of the database.
pub mod enums {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde::Deserialize;
    use serde_json::{Value, json};

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Deserialize)]
    #[sea_orm(rs_type = "String", db_type = "String(StringLen::N(8))")]
    pub enum Status {
        #[sea_orm(string_value = "o")]
        Open,
        #[sea_orm(string_value = "c'd")]
        Closed,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Deserialize)]
    #[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
    pub enum Priority {
        #[sea_orm(num_value = -1)]
        Low,
        #[sea_orm(num_value = 10)]
        High,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Deserialize)]
    #[sea_orm(rs_type = "String", db_type = "Enum", enum_name = "ticket_kind")]
    pub enum Kind {
        #[sea_orm(string_value = "bug")]
        Bug,
        #[sea_orm(string_value = "a wish")]
        Wish,
    }

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "tickets")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(create)]
        pub number: i32,
        #[audited(create, update)]
        pub status: Status,
        #[audited(create, update)]
        pub priority: Option<Priority>,
        #[audited(create, update)]
        pub kind: Kind,
        #[audited(create, update)]
        pub former_kind: Option<Kind>,
    }

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = i32;
        type Entity = Entity;
        type Draft = Draft;
        type Patch = Patch;

        fn conflict() -> Vec<Column> {
            vec![Column::Number]
        }

        fn tables(backend: DbBackend, _: &str) -> Option<Vec<String>> {
            let kind = "CREATE TYPE ticket_kind AS ENUM ('bug', 'a wish')".to_owned();
            let table = "CREATE TABLE tickets (id serial PRIMARY KEY, number int NOT NULL UNIQUE, status varchar(8) NOT NULL, \
                         priority smallint, kind ticket_kind NOT NULL, former_kind ticket_kind)";
            (backend == DbBackend::Postgres).then(|| vec![kind, table.to_owned()])
        }

        fn row(n: i32) -> Value {
            json!({ "number": n, "status": "Open", "priority": null, "kind": "Bug", "former_kind": null })
        }

        fn change(n: i32) -> Value {
            match n {
                1 => json!({ "status": "Closed", "priority": "High", "former_kind": "Bug" }),
                2 => json!({ "kind": "Wish", "priority": "Low", "former_kind": "Wish" }),
                _ => {
                    json!({ "status": "Closed", "kind": "Wish", "priority": "High", "former_kind": null })
                }
            }
        }
    }
}

/// Types that rename a column's type, or wrap a document.
pub mod newtypes {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde::Deserialize;
    use serde_json::{Value, json};

    #[derive(Clone, Copy, Debug, PartialEq, Eq, DeriveValueType, Deserialize)]
    pub struct Cents(pub i64);

    #[derive(Clone, Debug, PartialEq, Eq, DeriveValueType, Deserialize)]
    pub struct Email(pub String);

    #[derive(Clone, Copy, Debug, PartialEq, Eq, DeriveValueType, Deserialize)]
    pub struct Rate(pub Decimal);

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "wallets")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(create)]
        pub email: Email,
        #[audited(create, update)]
        pub balance: Cents,
        #[audited(create, update)]
        pub limit: Option<Cents>,
        #[sea_orm(column_type = "Decimal(Some((10, 2)))")]
        #[audited(create, update)]
        pub rate: Rate,
    }

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = i32;
        type Entity = Entity;
        type Draft = Draft;
        type Patch = Patch;

        fn conflict() -> Vec<Column> {
            vec![Column::Email]
        }

        fn row(n: i32) -> Value {
            json!({ "email": format!("{n}@example.org"), "balance": 0, "limit": null, "rate": "1.5" })
        }

        fn change(n: i32) -> Value {
            json!({ "balance": i64::from(n) - 3_000_000_000, "limit": n, "rate": format!("{n}.25") })
        }
    }
}

/// Structs in JSON columns.
pub mod documents {
    use audit_runtime::Audited;
    use sea_orm::{FromJsonQueryResult, entity::prelude::*};
    use serde::{Deserialize, Serialize};
    use serde_json::{Value, json};

    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
    pub struct Address {
        street: String,
        number: Option<i64>,
        tags: Vec<String>,
    }

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "contacts")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(create)]
        pub number: i32,
        #[sea_orm(column_type = "Json")]
        #[audited(create, update)]
        pub home: Address,
        #[sea_orm(column_type = "JsonBinary", nullable)]
        #[audited(create, update)]
        pub work: Option<Address>,
        #[sea_orm(column_type = "JsonBinary")]
        #[audited(create, update)]
        pub extra: Json,
    }

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = i32;
        type Entity = Entity;
        type Draft = Draft;
        type Patch = Patch;

        fn conflict() -> Vec<Column> {
            vec![Column::Number]
        }

        fn row(n: i32) -> Value {
            json!({ "number": n, "home": address(0), "work": null, "extra": { "b": [1, null, true], "a": {} } })
        }

        fn change(n: i32) -> Value {
            json!({ "home": address(n), "work": address(-n), "extra": [n, { "deep": { "deeper": "é\n\"" } }] })
        }
    }

    fn address(n: i32) -> Value {
        json!({ "street": "O'Neil \\ \"Straße\"", "number": (n != 2).then_some(n), "tags": vec!["x"; n.unsigned_abs() as usize] })
    }
}

/// PostgreSQL's arrays.
pub mod arrays {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde_json::{Value, json};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "playlists")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(create)]
        pub name: String,
        #[audited(create, update)]
        pub tags: Vec<String>,
        #[audited(create, update)]
        pub numbers: Option<Vec<i64>>,
    }

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = i32;
        type Entity = Entity;
        type Draft = Draft;
        type Patch = Patch;

        fn conflict() -> Vec<Column> {
            vec![Column::Name]
        }

        fn row(n: i32) -> Value {
            json!({ "name": format!("{n}"), "tags": [], "numbers": null })
        }

        fn change(n: i32) -> Value {
            json!({ "tags": ["a,b", "{c}", "\"", "NULL"], "numbers": [n, i64::MIN] })
        }
    }
}
