//! The chain of bakeries.

/// An entity with hooks, in the compact format with an enum of relations.
pub mod cake {
    use audit_runtime::Audited;
    use sea_orm::{ActiveValue::Set, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::compact_model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "cake")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(create, update, label)]
        pub name: String,
        #[sea_orm(column_type = "Decimal(Some((16, 4)))")]
        #[audited(create, update)]
        pub price: Decimal,
        #[audited(create, update)]
        pub bakery_id: Option<i32>,
        #[audited(create, update)]
        pub gluten_free: bool,
        #[audited(record)]
        pub serial: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::lineitem::Entity")]
        Lineitem,
    }

    impl Related<super::lineitem::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Lineitem.def()
        }
    }

    #[sea_orm::prelude::async_trait::async_trait]
    impl ActiveModelBehavior for ActiveModel {
        fn new() -> Self {
            Self {
                serial: Set(Uuid::now_v7()),
                ..ActiveModelTrait::default()
            }
        }

        async fn before_save<C: ConnectionTrait>(
            mut self,
            _: &C,
            insert: bool,
        ) -> Result<Self, DbErr> {
            if insert && self.serial.is_not_set() {
                self.serial = Set(Uuid::now_v7());
            }
            match self.price.try_as_ref() {
                Some(price) if price.is_zero() => {
                    Err(DbErr::Custom("no cake is for free".to_owned()))
                }
                _ => Ok(self),
            }
        }

        async fn after_save<C: ConnectionTrait>(
            model: Model,
            _: &C,
            _: bool,
        ) -> Result<Model, DbErr> {
            Ok(model)
        }
    }

    crate::walk::shape! { i32, by [Name],
        rows |n| json!({ "name": format!("Cake {n}"), "price": "1.5", "bakery_id": null, "gluten_free": false }),
        changes |n| json!({ "price": format!("{n}.0001"), "bakery_id": (n != 2).then_some(n), "gluten_free": n == 2 })
    }
}

/// An entity with only a key of two columns.
pub mod cakes_bakers {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    use crate::walk::Nothing;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "cakes_bakers")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub cake_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        pub baker_id: i32,
        #[sea_orm(belongs_to, from = "cake_id", to = "id")]
        pub cake: BelongsTo<super::cake::Entity>,
    }

    type Patch = Nothing<Entity>;

    crate::walk::shape! { (i32, i32), by [CakeId, BakerId],
        rows |n| json!({ "cake_id": n / 2, "baker_id": n }),
        changes |_| json!({}),
        {
            const HAS_PATCH: bool = false;

            fn tables(_: DbBackend, _: &str) -> Option<Vec<String>> {
                let columns = "cake_id int NOT NULL, baker_id int NOT NULL, PRIMARY KEY (cake_id, baker_id)";
                Some(vec![format!("CREATE TABLE cakes_bakers ({columns})")])
            }
        }
    }
}

/// A dense entity with relations.
pub mod lineitem {
    use audit_runtime::Audited;
    use sea_orm::{DbBackend, entity::prelude::*};
    use serde_json::json;

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "order")]
    #[audited(entity_type = "Order", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(create)]
        pub number: i32,
        #[sea_orm(column_type = "Decimal(Some((16, 4)))")]
        #[audited(create, update)]
        pub total: Decimal,
        #[audited(create, update)]
        pub cake_id: i32,
        #[audited(create, update)]
        pub placed_at: DateTimeWithTimeZone,
        #[sea_orm(belongs_to, from = "cake_id", to = "id")]
        pub cake: BelongsTo<super::cake::Entity>,
    }

    crate::walk::shape! { i32, by [Number],
        rows |n| json!({ "number": n, "total": "0.5", "cake_id": 7, "placed_at": "2024-03-01T12:34:56+01:00" }),
        changes |n| json!({ "total": format!("-{n}.5"), "cake_id": n, "placed_at": format!("2024-03-01T12:34:5{n}.123456-09:30") }),
        {
            fn tables(backend: DbBackend, _: &str) -> Option<Vec<String>> {
                let (at, quote) = match backend {
                    DbBackend::Postgres => ("timestamptz", '"'),
                    DbBackend::MySql => ("datetime(6)", '`'),
                    _ => ("timestamp_with_timezone_text", '"'),
                };
                let id = crate::tables::counted(backend);
                let columns = format!(
                    "id {id}, number int NOT NULL UNIQUE, total decimal(16, 4) NOT NULL, cake_id int NOT NULL, placed_at {at} NOT NULL"
                );
                Some(vec![format!("CREATE TABLE {quote}order{quote} ({columns})")])
            }
        }
    }
}
