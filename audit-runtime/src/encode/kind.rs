//! The kind of values in a column.

use std::fmt;

use sea_orm::sea_query::{ArrayType, ColumnType};
use sea_orm::{ColumnTrait, EntityTrait, ModelTrait};

/// The kind of values in a column, as needed to decode them.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueKind {
    /// One value.
    Scalar(ArrayType),
    /// A PostgreSQL array.
    Array(ArrayType),
    /// A type whose values can be encoded but not decoded.
    Opaque,
}

impl ValueKind {
    /// Returns the kind of a column.
    pub fn of<E: EntityTrait>(column: E::Column) -> ValueKind {
        match column.def().get_column_type() {
            // SeaORM panics if it is asked for the type of the elements.
            ColumnType::Vector(_) => ValueKind::Opaque,
            ColumnType::Array(_) => ValueKind::Array(E::Model::get_value_type(column)),
            _ => ValueKind::Scalar(E::Model::get_value_type(column)),
        }
    }

    /// The feature of this crate that decodes such values; `None` if there is none.
    pub(crate) fn feature(&self) -> Option<&'static str> {
        let of = match self {
            ValueKind::Array(_) if cfg!(not(feature = "postgres-array")) => {
                return Some("postgres-array");
            }
            ValueKind::Scalar(of) | ValueKind::Array(of) => of,
            ValueKind::Opaque => return None,
        };
        // Compared by name, because the variant may not exist without the feature.
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
