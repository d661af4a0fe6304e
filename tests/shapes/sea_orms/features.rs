//! Features for which SeaORM has one entity each.

/// An entity with only a number that the database generates.
pub mod insert_default {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    use crate::walk::Nothing;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "insert_default")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    type Draft = Nothing<Entity>;
    type Patch = Nothing<Entity>;

    crate::walk::shape! { i32, by [Id], rows |_| json!({}), changes |_| json!({}), {
        const HAS_PATCH: bool = false;

        fn refused(_: DbBackend) -> &'static [(&'static str, &'static str)] {
            // Nothing identifies the row.
            &[("insert_or_update a row that is there", "id")]
        }
    } }
}

/// Bytes as a key.
pub mod byte_primary_key {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde_json::json;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "byte_primary_key")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false, column_type = "Binary(3)")]
        #[audited(create)]
        pub id: Vec<u8>,
        #[audited(create, update)]
        pub value: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    crate::walk::shape! { Vec<u8>, by [Id],
        rows |n| json!({ "id": [n, 0, 255], "value": "First Row" }),
        changes |n| json!({ "value": format!("{n}") })
    }
}

/// An entity that refers to itself.
pub mod self_join {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "self_join")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub uuid: Uuid,
        #[audited(create, update)]
        pub uuid_ref: Option<Uuid>,
        #[audited(create, update)]
        pub time: Option<Time>,
        #[sea_orm(self_ref, relation_enum = "SelfRef", from = "uuid_ref", to = "uuid")]
        pub other: BelongsTo<Option<Entity>>,
    }

    crate::walk::shape! { Uuid, by [Uuid],
        rows |n| json!({ "uuid": format!("67e55044-10b1-426f-9247-bb680e5fe0c{n}"), "uuid_ref": null, "time": "00:00:00" }),
        changes |n| json!({ "uuid_ref": format!("67e55044-10b1-426f-9247-bb680e5fe0d{n}"), "time": (n != 2).then(|| format!("01:00:0{n}")) }),
        {
            fn tables(backend: DbBackend, _: &str) -> Option<Vec<String>> {
                let (uuid, time) = match backend {
                    DbBackend::Postgres => ("uuid", "time"),
                    DbBackend::MySql => ("binary(16)", "time(6)"),
                    _ => ("uuid_text", "time_text"),
                };
                let columns = format!("uuid {uuid} PRIMARY KEY NOT NULL, uuid_ref {uuid}, time {time}");
                Some(vec![format!("CREATE TABLE self_join ({columns})")])
            }
        }
    }
}

/// A list in a type that defines its own storage.
pub mod json_vec {
    use audit_runtime::Audited;
    use sea_orm::{FromJsonQueryResult, entity::prelude::*};
    use serde::{Deserialize, Serialize};
    use serde_json::json;

    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, FromJsonQueryResult)]
    pub struct StringVec(pub Vec<String>);

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "json_vec")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(create)]
        pub number: i32,
        #[audited(create, update)]
        pub str_vec: Option<StringVec>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    crate::walk::shape! { i32, by [Number],
        rows |n| json!({ "number": n, "str_vec": ["1", "2", "3"] }),
        changes |n| json!({ "str_vec": (n != 2).then(|| vec!["x"; n as usize]) })
    }
}

/// Types that only PostgreSQL has: bits, addresses, arrays of enums and of UUIDs, an array in a custom type.
pub mod postgres {
    use audit_runtime::Audited;
    use sea_orm::{
        DbBackend, QueryResult, TryGetError, TryGetable,
        entity::prelude::*,
        sea_query::{ArrayType, ValueType, ValueTypeErr},
    };
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Deserialize)]
    #[sea_orm(rs_type = "Enum", db_type = "Enum", enum_name = "tea")]
    pub enum Tea {
        #[sea_orm(string_value = "EverydayTea")]
        EverydayTea,
        #[sea_orm(string_value = "BreakfastTea")]
        BreakfastTea,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Deserialize)]
    #[sea_orm(rs_type = "i32", db_type = "Integer")]
    pub enum Color {
        #[sea_orm(num_value = 0)]
        Black,
        #[sea_orm(num_value = 1)]
        White,
    }

    #[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
    pub struct Events(pub Vec<String>);

    impl From<Events> for Value {
        fn from(Events(events): Events) -> Self {
            events.into()
        }
    }

    impl TryGetable for Events {
        fn try_get_by<I: sea_orm::ColIdx>(
            row: &QueryResult,
            index: I,
        ) -> Result<Self, TryGetError> {
            let events = row.try_get_by(index).map_err(TryGetError::DbErr)?;
            Ok(Self(events))
        }
    }

    impl ValueType for Events {
        fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
            <Vec<String> as ValueType>::try_from(value).map(Self)
        }

        fn type_name() -> String {
            "Events".to_owned()
        }

        fn array_type() -> ArrayType {
            ArrayType::String
        }

        fn column_type() -> ColumnType {
            ColumnType::Array(RcOrArc::new(ColumnType::String(StringLen::None)))
        }
    }

    #[sea_orm::compact_model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(schema_name = "public", table_name = "collection")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(
            unique,
            column_type = r#"custom("citext")"#,
            select_as = "text",
            save_as = "citext"
        )]
        #[audited(create, label)]
        pub name: String,
        #[audited(create, update)]
        pub teas: Vec<Tea>,
        #[audited(create, update)]
        pub teas_opt: Option<Vec<Tea>>,
        #[audited(create, update)]
        pub colors: Vec<Color>,
        #[audited(create, update)]
        pub uuid: Vec<Uuid>,
        #[audited(create, update)]
        pub uuid_hyphenated: Vec<uuid::fmt::Hyphenated>,
        #[audited(create, update)]
        pub events: Events,
        #[sea_orm(
            column_type = r#"custom("BIT(64)")"#,
            select_as = "BIGINT",
            save_as = "BIT(64)"
        )]
        #[audited(create, update)]
        pub bit64: i64,
        #[audited(create, update)]
        pub address: IpNetwork,
        #[sea_orm(column_type = "Cidr")]
        #[audited(create, update)]
        pub network: IpNetwork,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    crate::walk::shape! { i32, by [Name],
        rows |n| json!({
            "name": format!("Collection {n}"), "teas": [], "teas_opt": null, "colors": ["Black"],
            "uuid": ["67e55044-10b1-426f-9247-bb680e5fe0c0"], "uuid_hyphenated": [], "events": ["a"], "bit64": 0,
            "address": "192.168.3.1", "network": "10.0.0.0/8",
        }),
        changes |n| json!({
            "teas": ["EverydayTea", "BreakfastTea"], "teas_opt": (n != 2).then_some(["BreakfastTea"]), "colors": ["White", "Black"],
            "uuid": [], "uuid_hyphenated": [format!("67e55044-10b1-426f-9247-bb680e5fe0c{n}")], "events": ["{", "\"", ""],
            "bit64": i64::MAX - i64::from(n), "address": format!("::{n}/64"), "network": format!("10.{n}.0.0/16"),
        }),
        {
            fn tables(_: DbBackend, _: &str) -> Option<Vec<String>> {
                Some(vec![
                    "CREATE EXTENSION citext".to_owned(),
                    "CREATE TYPE tea AS ENUM ('EverydayTea', 'BreakfastTea')".to_owned(),
                    "CREATE TABLE collection (id serial PRIMARY KEY, name citext NOT NULL UNIQUE, teas tea[] NOT NULL, \
                     teas_opt tea[], colors int[] NOT NULL, uuid uuid[] NOT NULL, uuid_hyphenated uuid[] NOT NULL, \
                     events text[] NOT NULL, bit64 bit(64) NOT NULL, address inet NOT NULL, network cidr NOT NULL)"
                        .to_owned(),
                ])
            }
        }
    }
}
