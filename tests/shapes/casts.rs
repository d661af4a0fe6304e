//! Columns that are read and written through casts.

/// Types of PostgreSQL, read as text.
pub mod postgres {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "accounts")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(select_as = "text", save_as = "public.citext")]
        #[audited(create, label)]
        pub name: String,
        #[sea_orm(select_as = "text", save_as = "numeric")]
        #[audited(create, update)]
        pub amount: String,
        #[sea_orm(select_as = "text", save_as = "numeric", nullable)]
        #[audited(create, update)]
        pub limit: Option<String>,
        #[sea_orm(select_as = "text", save_as = "inet")]
        #[audited(create, update)]
        pub address: String,
        #[sea_orm(select_as = "text", save_as = "interval")]
        #[audited(create, update)]
        pub period: String,
        #[sea_orm(select_as = "text", save_as = "jsonb")]
        #[audited(create, update)]
        pub settings: String,
        #[sea_orm(select_as = "bigint", save_as = "bit(8)")]
        #[audited(create, update)]
        pub flags: i64,
        #[sea_orm(select_as = "double precision", save_as = "numeric")]
        #[audited(create, update)]
        pub rate: f64,
    }

    super::super::walk::shape! { i32, by [Name],
        rows |n| json!({
            "name": format!("Name {n}"), "amount": "12345678901234567890.10", "limit": null, "address": "10.0.0.1/32",
            "period": "1 day", "settings": "{\"a\":1}", "flags": 1, "rate": 0.25,
        }),
        changes |n| json!({
            "amount": format!("{n}00.50"), "limit": (n != 2).then(|| format!("-0.{n}")), "address": format!("10.0.0.0/{n}"),
            "period": format!("{n} mons 00:00:0{n}"), "settings": format!("{{\"b\": [1.10, {n}e2]}}"), "flags": n + 1,
            "rate": f64::from(n),
        }),
        {
            fn tables(_: DbBackend, _: &str) -> Option<Vec<String>> {
                Some(vec![
                    "CREATE EXTENSION citext".to_owned(),
                    "CREATE TABLE accounts (id serial PRIMARY KEY, name citext NOT NULL UNIQUE, amount numeric NOT NULL, \
                     \"limit\" numeric, address inet NOT NULL, period interval NOT NULL, settings jsonb NOT NULL, \
                     flags bit(8) NOT NULL, rate numeric NOT NULL)".to_owned(),
                ])
            }
        }
    }
}

/// Columns that have other types on MySQL.
pub mod mysql {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "accounts")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(select_as = "char", save_as = "binary")]
        #[audited(create, label)]
        pub name: String,
        #[sea_orm(select_as = "char", save_as = "decimal(40, 10)")]
        #[audited(create, update)]
        pub amount: String,
        #[sea_orm(select_as = "char", save_as = "decimal(40, 10)", nullable)]
        #[audited(create, update)]
        pub limit: Option<String>,
        #[sea_orm(select_as = "char", save_as = "date")]
        #[audited(create, update)]
        pub day: String,
        #[sea_orm(select_as = "signed", save_as = "unsigned")]
        #[audited(create, update)]
        pub flags: i64,
    }

    super::super::walk::shape! { i32, by [Name],
        rows |n| json!({
            "name": format!("Name {n}"), "amount": "12345678901234567890.10", "limit": null, "day": "2024-01-01", "flags": 1,
        }),
        changes |n| json!({
            "amount": format!("{n}00.50"), "limit": (n != 2).then(|| format!("-0.{n}")), "day": format!("2024-2-{n}"),
            "flags": n + 1,
        }),
        {
            fn tables(_: DbBackend, _: &str) -> Option<Vec<String>> {
                let columns = "id int AUTO_INCREMENT PRIMARY KEY, name varbinary(40) NOT NULL UNIQUE, \
                               amount decimal(40, 10) NOT NULL, `limit` decimal(40, 10), day date NOT NULL, \
                               flags bigint unsigned NOT NULL";
                Some(vec![format!("CREATE TABLE accounts ({columns})")])
            }
        }
    }
}

/// Columns that SQLite stores in another form.
pub mod sqlite {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "accounts")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(select_as = "text", save_as = "blob")]
        #[audited(create, label)]
        pub name: String,
        #[sea_orm(select_as = "text", save_as = "blob", nullable)]
        #[audited(create, update)]
        pub amount: Option<String>,
        #[sea_orm(select_as = "integer", save_as = "text")]
        #[audited(create, update)]
        pub flags: i64,
    }

    super::super::walk::shape! { i32, by [Name],
        rows |n| json!({ "name": format!("Name {n}"), "amount": "12345678901234567890.10", "flags": i64::MIN }),
        changes |n| json!({ "amount": (n != 2).then(|| format!("{n}00.50")), "flags": n }),
        {
            /// SeaORM does not name a column that it returns through a cast on SQLite, and does not find it.
            fn refused(_: DbBackend) -> &'static [(&'static str, &'static str)] {
                &[("insert an ActiveModel", "Missing value for column 'name'")]
            }

            fn tables(_: DbBackend, _: &str) -> Option<Vec<String>> {
                let columns = "id integer PRIMARY KEY AUTOINCREMENT, name blob NOT NULL UNIQUE, amount blob, flags text NOT NULL";
                Some(vec![format!("CREATE TABLE accounts ({columns})")])
            }
        }
    }
}
