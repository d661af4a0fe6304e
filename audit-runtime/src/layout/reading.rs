//! The casts through which SeaORM reads a column. The log stores a value as the entity reads it.

use std::borrow::Cow;

use sea_orm::{
    ColumnTrait, EntityTrait,
    sea_query::{BinOper, ColumnType, Expr, Func, RcOrArc},
};

/// The type in which the entity reads a column; `None` if it is unknown.
pub(crate) fn read_type<E: EntityTrait>(column: E::Column) -> Option<Cow<'static, str>> {
    let stored = Expr::col(column);
    let Expr::FunctionCall(cast) = column.select_as(stored.clone()) else {
        return None;
    };
    match (cast.get_func(), cast.get_args()) {
        (Func::Cast, [Expr::Binary(value, BinOper::As, of)]) if **value == stored => match &**of {
            Expr::Custom(name) => Some(name.clone()),
            _ => None,
        },
        _ => None,
    }
}

/// Whether the entity reads a column through a cast.
pub(crate) fn is_cast<E: EntityTrait>(column: E::Column) -> bool {
    let stored = Expr::col(column);
    column.select_as(stored.clone()) != column.select_enum_as(stored)
}

/// A value of the column, as the entity reads it.
pub(crate) fn read<E: EntityTrait>(column: E::Column, value: Expr) -> Expr {
    if is_cast::<E>(column) {
        column.select_as(value)
    } else {
        value
    }
}

/// The column type with this name in PostgreSQL, if there is an encoder for it.
pub(crate) fn type_called(name: &str) -> Option<ColumnType> {
    let name = name.trim().to_ascii_lowercase();
    if let Some(element) = name.strip_suffix("[]") {
        return Some(ColumnType::Array(RcOrArc::new(type_called(element)?)));
    }
    // The size limits the value but does not affect its encoding.
    let (name, rest) = name.split_once('(').unwrap_or((&name, ""));
    let rest = rest.split_once(')').map_or(rest, |(_, rest)| rest);
    Some(match (name.trim(), rest.trim()) {
        ("text" | "varchar" | "character varying" | "citext" | "name", "") => ColumnType::Text,
        ("char" | "character" | "bpchar", "") => ColumnType::Char(None),
        ("boolean" | "bool", "") => ColumnType::Boolean,
        ("smallint" | "int2", "") => ColumnType::SmallInteger,
        ("integer" | "int" | "int4", "") => ColumnType::Integer,
        ("bigint" | "int8", "") => ColumnType::BigInteger,
        ("real" | "float4", "") => ColumnType::Float,
        ("double precision" | "float8", "") => ColumnType::Double,
        ("numeric" | "decimal", "") => ColumnType::Decimal(None),
        ("uuid", "") => ColumnType::Uuid,
        ("bytea", "") => ColumnType::Blob,
        ("json", "") => ColumnType::Json,
        ("jsonb", "") => ColumnType::JsonBinary,
        ("date", "") => ColumnType::Date,
        ("time" | "time without time zone", "") | ("time", "without time zone") => ColumnType::Time,
        ("timestamp" | "timestamp without time zone", "") | ("timestamp", "without time zone") => {
            ColumnType::DateTime
        }
        ("timestamptz" | "timestamp with time zone", "") | ("timestamp", "with time zone") => {
            ColumnType::TimestampWithTimeZone
        }
        _ => return None,
    })
}
