//! The kind of values that a column holds.

use std::fmt;

use sea_orm::sea_query::{ArrayType, ColumnType};
use sea_orm::{ColumnTrait, EntityTrait, ModelTrait};

/// What a column holds: all that is needed to read its values back.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueKind {
    /// One value.
    Scalar(ArrayType),
    /// A PostgreSQL array.
    Array(ArrayType),
    /// A type whose values are written and cannot be read back.
    Opaque,
}

impl ValueKind {
    /// The kind of a column.
    pub fn of<E: EntityTrait>(column: E::Column) -> ValueKind {
        match column.def().get_column_type() {
            // SeaORM panics when asked for the type of its elements.
            ColumnType::Vector(_) => ValueKind::Opaque,
            ColumnType::Array(_) => ValueKind::Array(E::Model::get_value_type(column)),
            _ => ValueKind::Scalar(E::Model::get_value_type(column)),
        }
    }

    /// The feature of this crate that such values are read back with; `None` where there is none.
    pub(crate) fn feature(&self) -> Option<&'static str> {
        let of = match self {
            ValueKind::Array(_) if cfg!(not(feature = "postgres-array")) => {
                return Some("postgres-array");
            }
            ValueKind::Scalar(of) | ValueKind::Array(of) => of,
            ValueKind::Opaque => return None,
        };
        // By name: without the feature the variant may not be there either.
        match format!("{of:?}").as_str() {
            "TimeDate" | "TimeTime" | "TimeDateTime" | "TimeDateTimeWithTimeZone" => {
                Some("with-time")
            }
            "Decimal" => Some("with-rust_decimal"),
            "BigDecimal" => Some("with-bigdecimal"),
            "IpNetwork" => Some("with-ipnetwork"),
            "MacAddress" => Some("with-mac_address"),
            _ => None,
        }
    }
}

impl fmt::Display for ValueKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ValueKind::Scalar(of) => write!(f, "{of:?}"),
            ValueKind::Array(of) => write!(f, "array of {of:?}"),
            ValueKind::Opaque => f.write_str("a value of a type that cannot be read back"),
        }
    }
}
