//! SeaORM's entity with wrapper types as columns.

use std::{fmt, str::FromStr};

use audit_runtime::Audited;
use sea_orm::{DbBackend, entity::prelude::*, sea_query::ValueTypeErr};
use serde::Deserialize;
use serde_json::json;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, DeriveValueType, Deserialize)]
#[sea_orm(try_from_u64)]
pub struct Number(pub i32);

/// Text by its `Display` and `FromStr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeriveValueType, Deserialize)]
#[sea_orm(value_type = "String")]
pub enum Water {
    Hard,
    Soft,
}

impl fmt::Display for Water {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hard => "hard",
            Self::Soft => "soft",
        })
    }
}

impl FromStr for Water {
    type Err = ValueTypeErr;

    fn from_str(text: &str) -> Result<Self, ValueTypeErr> {
        match text {
            "hard" => Ok(Self::Hard),
            "soft" => Ok(Self::Soft),
            _ => Err(ValueTypeErr),
        }
    }
}

/// Text by named functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, DeriveValueType, Deserialize)]
#[sea_orm(
    value_type = "String",
    from_str = "Shade::read",
    to_str = "Shade::text",
    column_type = "Text"
)]
pub enum Shade {
    Color,
    Grey,
}

impl Shade {
    fn text(&self) -> &'static str {
        match self {
            Self::Color => "color",
            Self::Grey => "grey",
        }
    }

    fn read(text: &str) -> Result<Self, ValueTypeErr> {
        match text {
            "color" => Ok(Self::Color),
            "grey" => Ok(Self::Grey),
            _ => Err(ValueTypeErr),
        }
    }
}

in_every_format! {
    "value_type", Number, auto true, key [Id], by [Unique],
    {
        #[sea_orm(primary_key)]
        Id id: Number,
        #[sea_orm(unique)]
        #[audited(create)]
        Unique unique: Number,
        #[audited(create, update)]
        Number number: Option<Number>,
        #[audited(create, update, label)]
        Water water: Water,
        #[audited(create, update)]
        Shade shade: Shade,
    }
    rows |n| json!({ "unique": n, "number": null, "water": "Hard", "shade": "Grey" }),
    changes |n| json!({ "number": n, "water": "Soft", "shade": if n == 2 { "Grey" } else { "Color" } })
}
