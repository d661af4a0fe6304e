//! Keys of the database's types, and of other types.

/// A type of the database, read as text.
pub mod cast {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "hosts")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(
            primary_key,
            auto_increment = false,
            select_as = "text",
            save_as = "uuid"
        )]
        #[audited(create)]
        pub id: String,
        #[sea_orm(
            primary_key,
            auto_increment = false,
            select_as = "text",
            save_as = "inet"
        )]
        #[audited(create)]
        pub address: String,
        #[audited(create, update)]
        pub name: Option<String>,
    }

    crate::walk::shape! { (String, String), by [Id, Address],
        rows |n| json!({ "id": format!("A7E55044-10b1-426f-9247-bb680e5fe0c{n}"), "address": "::1", "name": "a" }),
        changes |n| json!({ "name": (n != 2).then(|| format!("b{n}")) }),
        {
            fn tables(_: DbBackend, _: &str) -> Option<Vec<String>> {
                let columns = "id uuid NOT NULL, address inet NOT NULL, name text, PRIMARY KEY (id, address)";
                Some(vec![format!("CREATE TABLE hosts ({columns})")])
            }

            fn spelled(_: DbBackend, _: &str) -> Vec<(String, String)> {
                vec![("{A7E55044-10B1-426f-9247-bb680e5fe0c0}".to_owned(), "0::1".to_owned())]
            }
        }
    }
}

/// An enum of the database, and one that is stored as a number.
pub mod enums {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde::Deserialize;
    use serde_json::json;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Deserialize)]
    #[sea_orm(rs_type = "Enum", db_type = "Enum", enum_name = "channel")]
    pub enum Channel {
        #[sea_orm(string_value = "by mail")]
        Mail,
        #[sea_orm(string_value = "by 'phone'")]
        Phone,
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Deserialize)]
    #[sea_orm(rs_type = "i16", db_type = "SmallInteger")]
    pub enum Level {
        #[sea_orm(num_value = -1)]
        Low,
        #[sea_orm(num_value = 0)]
        Normal,
        #[sea_orm(num_value = 300)]
        High,
    }

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "quotas")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub channel: Channel,
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub level: Level,
        #[audited(create, update)]
        pub size: i32,
    }

    crate::walk::shape! { (Channel, Level), by [Channel, Level],
        rows |n| json!({ "channel": (["Mail", "Phone"][n as usize % 2]), "level": (["Low", "Normal", "High"][n as usize / 2]), "size": 0 }),
        changes |n| json!({ "size": n }),
        {
            fn tables(backend: DbBackend, _: &str) -> Option<Vec<String>> {
                let table = |channel: &str| format!(
                    "CREATE TABLE quotas (channel {channel} NOT NULL, level smallint NOT NULL, size int NOT NULL, \
                     PRIMARY KEY (channel, level))"
                );
                let values = "ENUM ('by mail', 'by ''phone''')";
                Some(match backend {
                    DbBackend::Postgres => vec![format!("CREATE TYPE channel AS {values}"), table("channel")],
                    DbBackend::MySql => vec![table(values)],
                    _ => vec![table("text")],
                })
            }
        }
    }
}

/// Bytes, and an instant that the databases store with different precision.
pub mod instant {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "readings")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(
            primary_key,
            auto_increment = false,
            column_type = "VarBinary(StringLen::N(16))"
        )]
        #[audited(create)]
        pub sensor: Vec<u8>,
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub at: DateTimeUtc,
        #[audited(create, update)]
        pub value: Option<f64>,
    }

    crate::walk::shape! { (Vec<u8>, DateTimeUtc), by [Sensor, At],
        rows |n| json!({ "sensor": [0, 255, n], "at": format!("2024-03-01T12:34:56.00000{n}+01:00"), "value": null }),
        changes |n| json!({ "value": 0.1 * f64::from(n) })
    }
}
