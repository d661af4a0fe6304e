//! Names of tables, columns and fields.

/// Blanks, capitals, quotes, keywords of SQL and of Rust.
pub mod odd {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde_json::{Value, json};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "Order Lines")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, column_name = "Line Id")]
        pub id: i32,
        #[sea_orm(unique, column_name = "select")]
        #[audited(create)]
        pub code: String,
        #[audited(create, update, label)]
        pub r#type: String,
        #[sea_orm(column_name = "Größe", enum_name = "HowLarge")]
        #[audited(create, update)]
        pub size: i32,
        #[sea_orm(column_name = "before")]
        #[audited(create, update)]
        pub after: Option<String>,
        #[sea_orm(column_name = "after")]
        #[audited(create, update)]
        pub before: Option<String>,
    }

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = i32;
        type Entity = Entity;
        type Draft = Draft;
        type Patch = Patch;

        fn conflict() -> Vec<Column> {
            vec![Column::Code]
        }

        fn row(n: i32) -> Value {
            json!({ "code": format!("{n}"), "type": "a", "size": n, "after": "x", "before": null })
        }

        fn change(n: i32) -> Value {
            json!({ "type": format!("b{n}"), "size": -n, "after": null, "before": format!("y{n}") })
        }
    }
}

/// Columns named by `rename_all`, and JSON keys by another rule.
pub mod ruled {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde_json::{Value, json};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited, serde::Deserialize)]
    #[sea_orm(table_name = "OrderNotes", rename_all = "camelCase")]
    #[serde(rename_all = "kebab-case")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub note_id: i32,
        #[sea_orm(unique)]
        #[audited(create)]
        pub short_code: String,
        #[serde(alias = "text")]
        #[audited(create, update)]
        pub note_text: String,
    }

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = i32;
        type Entity = Entity;
        type Draft = Draft;
        type Patch = Patch;

        fn conflict() -> Vec<Column> {
            vec![Column::ShortCode]
        }

        fn row(n: i32) -> Value {
            json!({ "short-code": format!("{n}"), "note-text": "a" })
        }

        fn change(n: i32) -> Value {
            json!({ "text": format!("b{n}") })
        }
    }
}
