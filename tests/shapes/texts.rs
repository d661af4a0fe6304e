//! Text columns with special types.

/// Columns that some databases pad with blanks: the key, the label and others.
pub mod chars {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "airports")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Char(Some(8))")]
        #[audited(create)]
        pub code: String,
        #[sea_orm(column_type = "Char(Some(12))")]
        #[audited(create, update, label)]
        pub name: String,
        #[sea_orm(column_type = "Char(Some(3))", nullable)]
        #[audited(create, update)]
        pub country: Option<String>,
    }

    super::super::walk::shape! { String, by [Code],
        rows |n| json!({ "code": (["de", "ab c", "Ä", "12345678", " x", "O'N"][n as usize]), "name": "a", "country": "de" }),
        changes |n| json!({ "name": format!("b {n}"), "country": (n != 2).then(|| format!("{n}")) }),
        {
            fn spelled(backend: DbBackend, _: &str) -> Vec<String> {
                match backend {
                    // Blanks are part of the value.
                    DbBackend::Sqlite => Vec::new(),
                    _ => vec!["de  ".to_owned(), "de      ".to_owned(), "de          ".to_owned()],
                }
            }

            fn compared(row: &Model) -> Model {
                let code = row.code.trim_end().to_owned();
                Model { code, ..row.clone() }
            }
        }
    }
}

/// A padded part of a key, next to another text.
pub mod chars_and_text {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "gates")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Char(Some(8))")]
        #[audited(create)]
        pub airport: String,
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub gate: String,
        #[audited(create, update)]
        pub open: bool,
        #[audited(create, update)]
        pub note: Option<String>,
    }

    super::super::walk::shape! { (String, String), by [Airport, Gate],
        rows |n| json!({ "airport": "de", "gate": format!("gate {n} "), "open": true, "note": "" }),
        changes |n| json!({ "open": n == 2, "note": (n != 2).then(|| format!("note {n}")) }),
        {
            fn spelled(backend: DbBackend, _: &str) -> Vec<(String, String)> {
                match backend {
                    DbBackend::Sqlite => Vec::new(),
                    _ => vec![("de   ".to_owned(), "gate 0 ".to_owned())],
                }
            }

            fn compared(row: &Model) -> Model {
                let airport = row.airport.trim_end().to_owned();
                Model { airport, ..row.clone() }
            }
        }
    }
}

/// Types by the database's own names.
pub mod customs {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "offers")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique, column_type = "custom(\"varchar(20)\")")]
        #[audited(create, label)]
        pub code: String,
        #[sea_orm(column_type = "custom(\"decimal(12, 3)\")")]
        #[audited(create, update)]
        pub price: Decimal,
        #[sea_orm(column_type = "custom(\"bigint\")", nullable)]
        #[audited(create, update)]
        pub count: Option<i64>,
        #[sea_orm(column_type = "custom(\"json\")")]
        #[audited(create, update)]
        pub extra: Json,
        #[sea_orm(column_type = "custom(\"date\")", nullable)]
        #[audited(create, update)]
        pub until: Option<Date>,
    }

    super::super::walk::shape! { i32, by [Code],
        rows |n| json!({ "code": format!("{n}"), "price": "1.5", "count": null, "extra": [], "until": "2024-02-29" }),
        changes |n| json!({
            "price": format!("{n}.125"), "count": i64::from(n) << 53, "extra": { "n": n },
            "until": (n != 2).then_some("1999-12-31"),
        }),
        {
            fn tables(backend: DbBackend, _: &str) -> Option<Vec<String>> {
                let id = super::super::tables::counted(backend);
                let until = if backend == DbBackend::Sqlite { "date_text" } else { "date" };
                let columns = format!(
                    "id {id}, code varchar(20) NOT NULL UNIQUE, price decimal(12, 3) NOT NULL, count bigint, \
                     extra json NOT NULL, until {until}"
                );
                Some(vec![format!("CREATE TABLE offers ({columns})")])
            }
        }
    }
}

/// Types of an extension, a domain and a custom type on PostgreSQL.
pub mod postgres {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "people")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(
            primary_key,
            auto_increment = false,
            column_type = "custom(\"citext\")"
        )]
        #[audited(create)]
        pub name: String,
        #[sea_orm(column_type = "custom(\"email\")")]
        #[audited(create, update, label)]
        pub email: String,
        #[sea_orm(column_type = "custom(\"citext\")", nullable)]
        #[audited(create, update)]
        pub nick: Option<String>,
        #[sea_orm(column_type = "custom(\"positive\")")]
        #[audited(create, update)]
        pub age: i32,
    }

    super::super::walk::shape! { String, by [Name],
        rows |n| json!({ "name": format!("Jane {n}"), "email": "a@b", "nick": "X", "age": 30 }),
        changes |n| json!({ "email": format!("{n}@b"), "nick": (n != 2).then(|| "x".repeat(n as usize)), "age": n }),
        {
            fn tables(_: DbBackend, _: &str) -> Option<Vec<String>> {
                Some(vec![
                    "CREATE EXTENSION citext".to_owned(),
                    "CREATE DOMAIN email AS text CHECK (VALUE LIKE '%@%')".to_owned(),
                    "CREATE DOMAIN positive AS int CHECK (VALUE > 0)".to_owned(),
                    "CREATE TABLE people (name citext PRIMARY KEY, email email NOT NULL, nick citext, age positive NOT NULL)"
                        .to_owned(),
                ])
            }

            fn spelled(_: DbBackend, _: &str) -> Vec<String> {
                vec!["JANE 0".to_owned()]
            }
        }
    }
}
