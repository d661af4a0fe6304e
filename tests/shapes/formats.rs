//! The formats of an entity.

/// `#[sea_orm::model]`.
pub mod dense {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde_json::{Value, json};

    #[sea_orm::model]
    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "products")]
    #[audited(entity_type = "Product", no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        #[audited(create)]
        pub code: String,
        #[audited(create, update, label)]
        pub name: String,
        #[audited(create, update)]
        pub weight: Option<f64>,
        #[audited(create, update)]
        pub in_stock: bool,
        #[audited(create, update)]
        pub added_at: DateTimeUtc,
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
            let (code, name) = (format!("P-{n}"), format!("product {n}"));
            let added_at = "2024-03-01T12:34:56Z";
            json!({ "code": code, "name": name, "weight": 1.5, "in_stock": true, "added_at": added_at })
        }

        fn change(n: i32) -> Value {
            let weight = (n != 2).then_some(0.1 + f64::from(n));
            json!({ "name": format!("O'Neil \"{n}\" \\ é"), "weight": weight, "in_stock": n % 2 == 0 })
        }
    }
}

/// `DeriveEntityModel` and a `Relation`, as in SeaORM 1.
pub mod older {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde_json::{Value, json};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "shelves")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        #[sea_orm(unique)]
        #[audited(create)]
        pub code: i32,
        #[audited(create, update)]
        pub place: Option<String>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    pub struct Shape;

    impl super::super::walk::Shape for Shape {
        type Id = i64;
        type Entity = Entity;
        type Draft = Draft;
        type Patch = Patch;

        fn conflict() -> Vec<Column> {
            vec![Column::Code]
        }

        fn row(n: i32) -> Value {
            json!({ "code": n, "place": format!("{n}") })
        }

        fn change(n: i32) -> Value {
            json!({ "place": (n != 1).then(|| format!("place {n}")) })
        }
    }
}

/// An entity written by hand.
pub mod expanded {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;
    use serde_json::{Value, json};

    #[derive(Copy, Clone, Default, Debug, DeriveEntity)]
    pub struct Entity;

    impl EntityName for Entity {
        fn table_name(&self) -> &'static str {
            "branches"
        }
    }

    #[derive(Clone, Debug, PartialEq, Eq, DeriveModel, DeriveActiveModel, Audited)]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[audited(create)]
        pub code: String,
        #[audited(create, update, label)]
        pub display_name: String,
        #[audited(create, update)]
        pub opened: Option<Date>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveColumn)]
    pub enum Column {
        Id,
        Code,
        #[sea_orm(column_name = "disp_nm")]
        DisplayName,
        Opened,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DerivePrimaryKey)]
    pub enum PrimaryKey {
        Id,
    }

    impl PrimaryKeyTrait for PrimaryKey {
        type ValueType = i32;

        fn auto_increment() -> bool {
            true
        }
    }

    impl ColumnTrait for Column {
        type EntityName = Entity;

        fn def(&self) -> ColumnDef {
            match self {
                Self::Id => ColumnType::Integer.def(),
                Self::Code => ColumnType::String(StringLen::N(20)).def().unique(),
                Self::DisplayName => ColumnType::String(StringLen::N(80)).def(),
                Self::Opened => ColumnType::Date.def().null(),
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
            json!({ "code": n.to_string(), "display_name": "branch", "opened": "2024-02-29" })
        }

        fn change(n: i32) -> Value {
            let opened = (n != 1).then(|| format!("199{n}-12-31"));
            json!({ "display_name": format!("branch {n}"), "opened": opened })
        }
    }
}
