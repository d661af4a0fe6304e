//! Entities in files that nobody edits, each with a list of its columns in a separate file.

/// The layout of Loco and `sea-orm-cli`.
pub mod dense {
    mod generated {
        use sea_orm::entity::prelude::*;

        #[sea_orm::model]
        #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
        #[sea_orm(table_name = "subscribers")]
        pub struct Model {
            #[sea_orm(primary_key)]
            pub id: i32,
            #[sea_orm(unique)]
            pub email: String,
            #[sea_orm(column_name = "display name")]
            pub name: Option<String>,
            pub plan: Plan,
            pub ends_at: Option<DateTimeUtc>,
        }

        #[derive(Clone, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, serde::Deserialize)]
        #[sea_orm(rs_type = "String", db_type = "String(StringLen::None)")]
        pub enum Plan {
            #[sea_orm(string_value = "free")]
            Free,
            #[sea_orm(string_value = "paid")]
            Paid,
        }
    }

    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde_json::{Value, json};

    use generated::{ActiveModel, Column, Entity, Plan};

    #[derive(Audited)]
    #[audited(entity = generated::Entity, entity_type = "Subscriber")]
    pub struct Columns {
        #[sea_orm(primary_key)]
        id: i32,
        #[audited(create, label)]
        email: String,
        #[audited(create, update)]
        name: Option<String>,
        #[audited(create, update(Billing))]
        plan: Plan,
        #[audited(create, update(Billing))]
        ends_at: Option<DateTimeUtc>,
    }

    impl ActiveModelBehavior for ActiveModel {}

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = i32;
        type Entity = Entity;
        type Draft = Draft;
        type Patch = BillingPatch;

        fn conflict() -> Vec<Column> {
            vec![Column::Email]
        }

        fn row(n: i32) -> Value {
            json!({ "email": format!("{n}@example.com"), "name": null, "plan": "Free", "ends_at": null })
        }

        fn change(n: i32) -> Value {
            json!({ "plan": if n == 2 { "Free" } else { "Paid" }, "ends_at": "2024-03-01T12:34:56Z" })
        }
    }
}

/// A key of two columns, in an unchanged copy of the file's struct.
pub mod composite {
    mod generated {
        use sea_orm::entity::prelude::*;

        #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
        #[sea_orm(table_name = "subscriptions")]
        pub struct Model {
            #[sea_orm(primary_key, auto_increment = false)]
            pub subscriber_id: i32,
            #[sea_orm(primary_key, auto_increment = false)]
            pub channel: String,
            pub frequency: i64,
        }

        #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
        pub enum Relation {}

        impl ActiveModelBehavior for ActiveModel {}
    }

    use audit_runtime::Audited;
    use serde_json::{Value, json};

    use generated::{Column, Entity};

    #[derive(Audited)]
    #[audited(entity = Entity, others = update)]
    pub struct Columns {
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        subscriber_id: i32,
        #[sea_orm(primary_key, auto_increment = false)]
        #[audited(create)]
        channel: String,
        #[audited(create, update)]
        frequency: i64,
    }

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = (i32, String);
        type Entity = Entity;
        type Draft = Draft;
        type Patch = Patch;

        fn conflict() -> Vec<Column> {
            vec![Column::SubscriberId, Column::Channel]
        }

        fn row(n: i32) -> Value {
            json!({ "subscriber_id": n / 2, "channel": format!("\"{n}\", ü"), "frequency": 7 })
        }

        fn change(n: i32) -> Value {
            json!({ "frequency": -n })
        }
    }
}
