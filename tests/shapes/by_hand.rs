//! An entity in a file that nobody edits, audited by separate impls, as the documentation of `audited` describes.

use audit_runtime::audited::{Allowlist, Audited, Field, NewRow, Patch, PatchOf, Values};
use sea_orm::ActiveValue;
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

/// The entity as `sea-orm-cli` writes it.
mod generated {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Eq)]
    #[sea_orm(table_name = "invoices")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        #[sea_orm(unique)]
        pub number: String,
        pub total: i64,
        pub paid: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

use generated::{ActiveModel, Column, Entity};

impl Audited for Entity {
    const ENTITY_TYPE: Option<&'static str> = Some("Invoice");
    const HOOKED: bool = false;

    fn field(column: Column) -> Field {
        match column {
            Column::Id => Field::key("id"),
            Column::Number => Field::record("number"),
            Column::Total => Field::record("total"),
            Column::Paid => Field::record("paid"),
        }
    }

    fn label() -> Option<Column> {
        Some(Column::Number)
    }
}

impl NewRow for ActiveModel {
    type Entity = Entity;

    fn into_row(self) -> ActiveModel {
        self
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct InvoicePatch {
    #[serde(default, deserialize_with = "set")]
    total: ActiveValue<i64>,
    #[serde(default, deserialize_with = "set")]
    paid: ActiveValue<bool>,
}

impl Allowlist for InvoicePatch {
    type Owner = Entity;

    fn values(&self) -> Values<Entity> {
        vec![
            (Column::Total, self.total.clone().into_wrapped_value()),
            (Column::Paid, self.paid.clone().into_wrapped_value()),
        ]
    }
}

impl Patch for InvoicePatch {
    type Entity = Entity;
}

impl PatchOf<Entity> for InvoicePatch {}

#[derive(Clone, Debug, Default, Deserialize)]
pub struct InvoiceDraft {
    #[serde(default, deserialize_with = "set")]
    number: ActiveValue<String>,
    #[serde(default, deserialize_with = "set")]
    total: ActiveValue<i64>,
    #[serde(default, deserialize_with = "set")]
    paid: ActiveValue<bool>,
}

impl Allowlist for InvoiceDraft {
    type Owner = Entity;

    fn values(&self) -> Values<Entity> {
        vec![
            (Column::Number, self.number.clone().into_wrapped_value()),
            (Column::Total, self.total.clone().into_wrapped_value()),
            (Column::Paid, self.paid.clone().into_wrapped_value()),
        ]
    }
}

impl NewRow for InvoiceDraft {
    type Entity = Entity;

    fn into_row(self) -> ActiveModel {
        ActiveModel {
            id: ActiveValue::NotSet,
            number: self.number,
            total: self.total,
            paid: self.paid,
        }
    }
}

fn set<'de, D, T>(deserializer: D) -> Result<ActiveValue<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Into<sea_orm::Value>,
{
    T::deserialize(deserializer).map(ActiveValue::Set)
}

pub struct Shape;

impl super::walk::Shape for Shape {
    type Id = i32;
    type Entity = Entity;
    type Draft = InvoiceDraft;
    type Patch = InvoicePatch;

    fn conflict() -> Vec<Column> {
        vec![Column::Number]
    }

    fn row(n: i32) -> Value {
        json!({ "number": format!("2024-{n}"), "total": i64::MAX, "paid": false })
    }

    fn change(n: i32) -> Value {
        json!({ "total": -n, "paid": n == 2 })
    }
}
