//! The type of a column on MySQL or MariaDB, as far as the encoder depends on it.

use sea_orm::sea_query::ColumnType;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// Including booleans.
    Integer,
    Float,
    Decimal,
    /// Including enums.
    Text,
    Bytes,
    /// MySQL's own type. In MariaDB it is a text.
    Json,
    Date,
    Time,
    DateTime,
    /// Shown in the time zone of the session.
    Timestamp,
}

impl Stored {
    /// The type that SeaORM creates for a column type.
    pub(super) fn of(column: &ColumnType) -> Option<Self> {
        Some(match column {
            ColumnType::Boolean
            | ColumnType::TinyInteger
            | ColumnType::SmallInteger
            | ColumnType::Integer
            | ColumnType::BigInteger
            | ColumnType::TinyUnsigned
            | ColumnType::SmallUnsigned
            | ColumnType::Unsigned
            | ColumnType::BigUnsigned => Self::Integer,
            ColumnType::Float | ColumnType::Double => Self::Float,
            ColumnType::Decimal(_) | ColumnType::Money(_) => Self::Decimal,
            ColumnType::Char(_)
            | ColumnType::String(_)
            | ColumnType::Text
            | ColumnType::Enum { .. } => Self::Text,
            ColumnType::Binary(_)
            | ColumnType::VarBinary(_)
            | ColumnType::Blob
            | ColumnType::Uuid => Self::Bytes,
            ColumnType::Json | ColumnType::JsonBinary => Self::Json,
            ColumnType::Date => Self::Date,
            ColumnType::Time => Self::Time,
            ColumnType::DateTime => Self::DateTime,
            ColumnType::Timestamp | ColumnType::TimestampWithTimeZone => Self::Timestamp,
            ColumnType::Custom(name) => return Self::called(&name.to_string()),
            _ => return None,
        })
    }

    /// The type with this name in the catalog.
    pub(crate) fn called(name: &str) -> Option<Self> {
        let name = name.trim().to_ascii_lowercase();
        let is_word = |char: char| char.is_ascii_alphanumeric();
        let end = name.find(|char| !is_word(char)).unwrap_or(name.len());
        let is_filled_up = name.contains("zerofill");
        Some(match &name[..end] {
            "bool" | "boolean" | "tinyint" | "smallint" | "mediumint" | "int" | "integer"
            | "bigint" => Self::Integer,
            "float" | "double" | "real" => Self::Float,
            "decimal" | "numeric" | "dec" if !is_filled_up => Self::Decimal,
            "char" | "varchar" | "tinytext" | "text" | "mediumtext" | "longtext" | "enum" => {
                Self::Text
            }
            "binary" | "varbinary" | "tinyblob" | "blob" | "mediumblob" | "longblob" => Self::Bytes,
            "json" => Self::Json,
            "date" => Self::Date,
            "time" => Self::Time,
            "datetime" => Self::DateTime,
            "timestamp" => Self::Timestamp,
            _ => return None,
        })
    }
}
