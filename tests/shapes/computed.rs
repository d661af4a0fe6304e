//! Columns that the database fills.

/// Columns that are computed when they are written, and columns that are computed when they are read.
pub mod generated {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "priced_lines")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(create)]
        pub number: i32,
        #[audited(create, update)]
        pub price: i64,
        #[audited(create, update)]
        pub name: Option<String>,
        #[audited(record)]
        pub total: i64,
        #[audited(record, label)]
        pub title: Option<String>,
    }

    super::super::walk::shape! { i32, by [Number],
        rows |n| json!({ "number": n, "price": 100, "name": "a" }),
        changes |n| json!({ "price": n, "name": (n != 2).then(|| format!("b{n}")) }),
        {
            // The other columns are computed again.
            fn taken_back() -> Vec<Column> {
                vec![Column::Price, Column::Name]
            }

            fn variants(backend: DbBackend) -> &'static [&'static str] {
                match backend {
                    // PostgreSQL has no virtual columns before version 18.
                    DbBackend::Postgres => &["STORED"],
                    _ => &["STORED", "VIRTUAL"],
                }
            }

            fn tables(backend: DbBackend, variant: &str) -> Option<Vec<String>> {
                let id = super::super::tables::counted(backend);
                let title = match backend {
                    DbBackend::MySql => "concat(number, ': ', name)",
                    _ => "cast(number as char(3)) || ': ' || name",
                };
                let columns = format!(
                    "id {id}, number int NOT NULL UNIQUE, price bigint NOT NULL, name varchar(20), \
                     total bigint GENERATED ALWAYS AS (price * 2) {variant}, \
                     title varchar(40) GENERATED ALWAYS AS ({title}) {variant}"
                );
                Some(vec![format!("CREATE TABLE priced_lines ({columns})")])
            }

            fn cleared(_: DbBackend) -> Vec<String> {
                vec!["DROP TABLE priced_lines".to_owned()]
            }
        }
    }
}

/// A number that the database always generates.
pub mod identity {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "events")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        #[audited(create)]
        pub code: String,
        #[audited(create, update)]
        pub name: String,
    }

    super::super::walk::shape! { i64, by [Code],
        rows |n| json!({ "code": format!("{n}"), "name": "a" }),
        changes |n| json!({ "name": format!("b{n}") }),
        {
            fn tables(backend: DbBackend, _: &str) -> Option<Vec<String>> {
                let id = match backend {
                    DbBackend::Postgres => "bigint GENERATED ALWAYS AS IDENTITY (START WITH 9007199254740990) PRIMARY KEY",
                    DbBackend::MySql => "bigint AUTO_INCREMENT PRIMARY KEY",
                    _ => "integer PRIMARY KEY AUTOINCREMENT",
                };
                let columns = format!("id {id}, code varchar(20) NOT NULL UNIQUE, name varchar(20) NOT NULL");
                Some(vec![format!("CREATE TABLE events ({columns})")])
            }
        }
    }
}

/// Such a number next to another part of the key, and one outside the key.
pub mod identities {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "tenants_events")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub tenant: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        #[audited(create)]
        pub code: String,
        #[audited(create, update)]
        pub name: String,
        #[audited(record)]
        pub place: i64,
    }

    super::super::walk::shape! { (String, i64), by [Tenant, Code],
        rows |n| json!({ "tenant": "a", "code": format!("{n}"), "name": "a" }),
        changes |n| json!({ "name": format!("b{n}") }),
        {
            fn tables(_: DbBackend, _: &str) -> Option<Vec<String>> {
                Some(vec![
                    "CREATE TABLE tenants_events (tenant text NOT NULL, id bigint GENERATED ALWAYS AS IDENTITY, \
                     code text NOT NULL, name text NOT NULL, place bigint GENERATED ALWAYS AS IDENTITY, \
                     PRIMARY KEY (tenant, id), UNIQUE (tenant, code))".to_owned(),
                ])
            }
        }
    }
}

/// Defaults of the database.
pub mod defaults {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "jobs")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(create)]
        pub number: i32,
        #[audited(update)]
        pub state: String,
        #[audited(create, update)]
        pub priority: i32,
        #[audited(record)]
        pub created_at: DateTime,
    }

    super::super::walk::shape! { i32, by [Number],
        rows |n| if n % 2 == 0 { json!({ "number": n }) } else { json!({ "number": n, "priority": 5 }) },
        changes |n| json!({ "state": format!("state {n}"), "priority": n }),
        {
            fn tables(backend: DbBackend, _: &str) -> Option<Vec<String>> {
                let id = super::super::tables::counted(backend);
                let (at, now) = match backend {
                    DbBackend::Postgres => ("timestamp", "localtimestamp"),
                    DbBackend::MySql => ("datetime(6)", "current_timestamp(6)"),
                    _ => ("datetime_text", "current_timestamp"),
                };
                let columns = format!(
                    "id {id}, number int NOT NULL UNIQUE, state varchar(20) NOT NULL DEFAULT 'new', \
                     priority int NOT NULL DEFAULT 3, created_at {at} NOT NULL DEFAULT {now}"
                );
                Some(vec![format!("CREATE TABLE jobs ({columns})")])
            }
        }
    }
}
