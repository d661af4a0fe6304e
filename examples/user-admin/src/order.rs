//! Orders: an entity that requires a reason for every change.

use std::fmt;

use audit_runtime::Audited;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::{failure::Failure, text::line};

#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
#[sea_orm(table_name = "orders")]
#[audited(entity_type = "Order", no_hooks, reason)]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i32,
    #[audited(create, parent = super::user::Entity)]
    pub user_id: i32,
    #[audited(create, label)]
    pub item: String,
    /// In cents.
    #[audited(create, update(Admin))]
    pub total: i64,
    #[audited(create, update(Support, Admin))]
    pub status: Status,
    #[sea_orm(belongs_to, from = "user_id", to = "id")]
    pub user: HasOne<super::user::Entity>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Serialize, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(16))",
    rename_all = "lowercase"
)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    Placed,
    Shipped,
    Refunded,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Placed => "Placed",
            Self::Shipped => "Shipped",
            Self::Refunded => "Refunded",
        })
    }
}

/// Validates and normalises the text of an item.
pub fn item(text: &str) -> Result<String, Failure> {
    match line(text) {
        Some(item) if (1..=100).contains(&item.chars().count()) => Ok(item),
        _ => Err(Failure::Invalid(
            "an item has 1 to 100 characters, and no control characters",
        )),
    }
}

/// Validates a total in cents.
pub fn total(cents: i64) -> Result<i64, Failure> {
    match cents {
        0.. => Ok(cents),
        _ => Err(Failure::Invalid("a total is not negative")),
    }
}
