//! Tables outside the log's schema, database or file.

/// In another schema, on PostgreSQL.
pub mod schema {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(schema_name = "sales", table_name = "regions")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(create)]
        pub code: String,
        #[audited(create, update)]
        pub name: String,
        #[audited(record)]
        pub size: i32,
    }

    super::super::walk::shape! { i32, by [Code],
        rows |n| json!({ "code": format!("{n}"), "name": "a" }),
        changes |n| json!({ "name": "b".repeat(n as usize) }),
        {
            // The other columns are computed again.
            fn taken_back() -> Vec<Column> {
                vec![Column::Name]
            }

            fn tables(_: DbBackend, _: &str) -> Option<Vec<String>> {
                let table = "CREATE TABLE sales.regions (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \
                             code text NOT NULL UNIQUE, name text NOT NULL, \
                             size int GENERATED ALWAYS AS (length(name)) STORED)";
                Some(vec!["CREATE SCHEMA sales".to_owned(), table.to_owned()])
            }
        }
    }
}

/// In another database, on MySQL and MariaDB.
pub mod database {
    use std::{process, sync::LazyLock};

    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    /// Its name is unique to this run. Each server has one.
    static OTHER: LazyLock<String> =
        LazyLock::new(|| format!("audit_test_{}_sales", process::id()));

    /// Drops the other database.
    pub fn dropped() -> String {
        format!("DROP DATABASE IF EXISTS {}", *OTHER)
    }

    #[derive(Copy, Clone, Default, Debug, DeriveEntity)]
    pub struct Entity;

    impl EntityName for Entity {
        fn schema_name(&self) -> Option<&'static str> {
            Some(OTHER.as_str())
        }

        fn table_name(&self) -> &'static str {
            "regions"
        }
    }

    #[derive(Clone, Debug, PartialEq, Eq, DeriveModel, DeriveActiveModel, Audited)]
    #[audited(entity_type = "Region", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        #[audited(create)]
        pub code: String,
        #[audited(create, update)]
        pub name: String,
        #[audited(record)]
        pub size: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveColumn)]
    pub enum Column {
        Code,
        Name,
        Size,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DerivePrimaryKey)]
    pub enum PrimaryKey {
        Code,
    }

    impl PrimaryKeyTrait for PrimaryKey {
        type ValueType = String;

        fn auto_increment() -> bool {
            false
        }
    }

    impl ColumnTrait for Column {
        type EntityName = Entity;

        fn def(&self) -> ColumnDef {
            match self {
                Self::Code => ColumnType::String(StringLen::N(20)).def(),
                Self::Name => ColumnType::String(StringLen::N(80)).def(),
                Self::Size => ColumnType::Integer.def(),
            }
        }
    }

    #[derive(Copy, Clone, Debug, EnumIter)]
    pub enum Relation {}

    impl RelationTrait for Relation {
        fn def(&self) -> RelationDef {
            match *self {}
        }
    }

    super::super::walk::shape! { String, by [Code],
        rows |n| json!({ "code": format!("a{n}"), "name": "a" }),
        changes |n| json!({ "name": "b".repeat(n as usize) }),
        {
            // The other columns are computed again.
            fn taken_back() -> Vec<Column> {
                vec![Column::Name]
            }

            fn tables(_: DbBackend, _: &str) -> Option<Vec<String>> {
                let table = format!(
                    "CREATE TABLE {}.regions (code varchar(20) COLLATE utf8mb4_general_ci PRIMARY KEY, \
                     name varchar(80) NOT NULL, size int AS (length(name)) STORED)",
                    *OTHER
                );
                Some(vec![dropped(), format!("CREATE DATABASE {}", *OTHER), table])
            }

            fn cleared(_: DbBackend) -> Vec<String> {
                vec![dropped()]
            }

            fn spelled(_: DbBackend, _: &str) -> Vec<String> {
                vec!["A0".to_owned()]
            }
        }
    }
}

/// In an attached file, on SQLite.
pub mod attached {
    use audit_runtime::Audited;
    use sea_orm::{DatabaseConnection, DbBackend, entity::prelude::*};
    use serde_json::json;

    use crate::backend::Database;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(schema_name = "sales", table_name = "regions")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub code: String,
        #[audited(create, update)]
        pub name: String,
        #[audited(record)]
        pub size: i32,
    }

    super::super::walk::shape! { String, by [Code],
        rows |n| json!({ "code": format!("a{n}"), "name": "a" }),
        changes |n| json!({ "name": "b".repeat(n as usize) }),
        {
            async fn connect(database: &Database) -> DatabaseConnection {
                let db = database.connect(|options| { options.max_connections(1); }).await;
                for statement in [
                    "ATTACH ':memory:' AS sales",
                    "CREATE TABLE sales.regions (code text COLLATE NOCASE PRIMARY KEY NOT NULL, name text NOT NULL, \
                     size integer AS (length(name)))",
                    // Another table of the same name, where the log is.
                    "CREATE TABLE main.regions (code text PRIMARY KEY, size integer)",
                ] {
                    db.execute_unprepared(statement).await.unwrap();
                }
                db
            }

            // The other columns are computed again.
            fn taken_back() -> Vec<Column> {
                vec![Column::Name]
            }

            fn tables(_: DbBackend, _: &str) -> Option<Vec<String>> {
                Some(Vec::new())
            }

            fn spelled(_: DbBackend, _: &str) -> Vec<String> {
                vec!["A0".to_owned()]
            }
        }
    }
}
