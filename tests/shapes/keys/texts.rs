//! Texts as keys, in each collation that a table may have.

/// One text.
pub mod one {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "countries")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub code: String,
        #[audited(create, update, label)]
        pub name: String,
    }

    crate::walk::shape! { String, by [Code],
        rows |n| json!({ "code": (["de", "Straße", "ÆÐ", "A b", "O'N", "x\\y"][n as usize]), "name": "a" }),
        changes |n| json!({ "name": format!("b{n}") }),
        {
            fn variants(backend: DbBackend) -> &'static [&'static str] {
                super::collations(backend)
            }

            fn tables(backend: DbBackend, collation: &str) -> Option<Vec<String>> {
                let table = format!("CREATE TABLE countries (code {collation} PRIMARY KEY NOT NULL, name varchar(80) NOT NULL)");
                Some(super::with_collations(backend, table))
            }

            fn cleared(_: DbBackend) -> Vec<String> {
                vec!["DROP TABLE countries".to_owned()]
            }

            fn spelled(backend: DbBackend, collation: &str) -> Vec<String> {
                super::spellings(backend, collation, "de")
            }
        }
    }
}

/// Two texts and a number. The first text has the table's collation, the second is compared by bytes.
pub mod first_of_three {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "translations")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub language: String,
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub version: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub term: String,
        #[audited(create, update, label)]
        pub text: String,
    }

    crate::walk::shape! { (String, i64, String), by [Language, Version, Term],
        rows |n| json!({
            "language": "de", "version": i64::MAX, "term": (["a\"b", "[a]", "A\"B", "日本", "", "x\\y"][n as usize]), "text": "a",
        }),
        changes |n| json!({ "text": format!("b{n}") }),
        {
            fn variants(backend: DbBackend) -> &'static [&'static str] {
                super::collations(backend)
            }

            fn tables(backend: DbBackend, collation: &str) -> Option<Vec<String>> {
                let bytes = super::of_bytes(backend);
                let table = format!(
                    "CREATE TABLE translations (language {collation} NOT NULL, version bigint NOT NULL, \
                     term {bytes} NOT NULL, text varchar(80) NOT NULL, PRIMARY KEY (language, version, term))"
                );
                Some(super::with_collations(backend, table))
            }

            fn cleared(_: DbBackend) -> Vec<String> {
                vec!["DROP TABLE translations".to_owned()]
            }

            fn spelled(backend: DbBackend, collation: &str) -> Vec<(String, i64, String)> {
                let spellings = super::spellings(backend, collation, "de").into_iter();
                let key = |language| (language, i64::MAX, "a\"b".to_owned());
                spellings.map(key).collect()
            }
        }
    }
}

/// Types of text that a key may have.
fn collations(backend: sea_orm::DbBackend) -> &'static [&'static str] {
    match backend {
        sea_orm::DbBackend::Postgres => &[
            "text",
            "varchar(40) COLLATE \"C\"",
            "text COLLATE loose",
            "citext",
        ],
        // The first has the server's default collation.
        sea_orm::DbBackend::MySql => &[
            "varchar(40)",
            "varchar(40) COLLATE utf8mb4_bin",
            "varchar(40) COLLATE utf8mb4_general_ci",
            "varchar(40) CHARACTER SET latin1",
            "char(8)",
        ],
        _ => &["text", "text COLLATE NOCASE", "text COLLATE RTRIM"],
    }
}

fn of_bytes(backend: sea_orm::DbBackend) -> &'static str {
    match backend {
        sea_orm::DbBackend::MySql => "varchar(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        _ => "text",
    }
}

fn with_collations(backend: sea_orm::DbBackend, table: String) -> Vec<String> {
    let loose = "CREATE COLLATION IF NOT EXISTS loose (provider = icu, locale = 'und-u-ks-level2', deterministic = false)";
    let citext = "CREATE EXTENSION IF NOT EXISTS citext";
    match backend {
        sea_orm::DbBackend::Postgres => vec![loose.to_owned(), citext.to_owned(), table],
        _ => vec![table],
    }
}

/// Other spellings that such a column treats as equal.
fn spellings(backend: sea_orm::DbBackend, collation: &str, text: &str) -> Vec<String> {
    let upper = || vec![text.to_uppercase()];
    let padded = || vec![format!("{text}  ")];
    match (backend, collation) {
        (sea_orm::DbBackend::Postgres, "text COLLATE loose" | "citext") => upper(),
        (sea_orm::DbBackend::Postgres, "char(8)") => padded(),
        (sea_orm::DbBackend::MySql, "varchar(40) COLLATE utf8mb4_bin") => padded(),
        (sea_orm::DbBackend::MySql, "varchar(40)" | "char(8)") => upper(),
        (sea_orm::DbBackend::MySql, _) => [upper(), padded()].concat(),
        (_, "text COLLATE NOCASE") => upper(),
        (_, "text COLLATE RTRIM") => padded(),
        _ => Vec::new(),
    }
}
