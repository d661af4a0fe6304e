//! Reads the value of one column.

use sea_orm::{
    IdenStatic, QueryResult, TryGetable, Value,
    sea_query::{ArrayType, Enum, OptionEnum},
};

use crate::{
    audited::{Audited, ColumnOf},
    encode::ValueKind,
};

/// Reads a column's value: in the type of the model if possible, otherwise in the type that the driver reports.
pub(super) fn read<E: Audited>(row: &QueryResult, column: ColumnOf<E>) -> Option<Value> {
    typed::<E>(row, column).or_else(|| as_told(row, column.as_str()))
}

fn get<T: TryGetable>(row: &QueryResult, name: &str) -> Option<Option<T>> {
    row.try_get::<Option<T>>("", name).ok()
}

/// Reads a column's value in the type of the model. `None` for another type.
fn typed<E: Audited>(row: &QueryResult, column: ColumnOf<E>) -> Option<Value> {
    macro_rules! typed {
        ($name:ident, $kind:ident, { $($(#[$attribute:meta])* $variant:ident),+ $(,)? }, { $($other:tt)* }) => {
            match $kind {
                $($(#[$attribute])* ArrayType::$variant => Value::$variant(get(row, $name)?),)+
                $($other)*
            }
        };
    }

    let name = column.as_str();
    let kind = match ValueKind::of::<E>(column) {
        ValueKind::Scalar(kind) => kind,
        #[cfg(feature = "postgres-array")]
        ValueKind::Array(of) => return array(row, name, of),
        _ => return None,
    };
    Some(typed!(name, kind, {
        Bool, TinyInt, SmallInt, Int, BigInt, TinyUnsigned, SmallUnsigned, Unsigned, BigUnsigned, Float, Double,
        String, Bytes, Uuid, ChronoDate, ChronoTime, ChronoDateTime, ChronoDateTimeUtc, ChronoDateTimeLocal,
        ChronoDateTimeWithTimeZone,
        #[cfg(feature = "with-time")] TimeDate,
        #[cfg(feature = "with-time")] TimeTime,
        #[cfg(feature = "with-time")] TimeDateTime,
        #[cfg(feature = "with-time")] TimeDateTimeWithTimeZone,
        #[cfg(feature = "with-rust_decimal")] Decimal,
        #[cfg(feature = "with-ipnetwork")] IpNetwork,
        #[cfg(feature = "with-mac_address")] MacAddress,
    }, {
        ArrayType::Json => Value::Json(get(row, name)?.map(Box::new)),
        #[cfg(feature = "with-bigdecimal")]
        ArrayType::BigDecimal => Value::BigDecimal(get(row, name)?.map(Box::new)),
        ArrayType::Char => {
            let text = get::<String>(row, name)?;
            Value::Char(text.map(|text| text.parse()).transpose().ok()?)
        }
        ArrayType::Enum(of) => Value::Enum(match get::<String>(row, name)? {
            Some(value) => OptionEnum::Some(Box::new(Enum {
                type_name: *of,
                value: value.into(),
            })),
            None => OptionEnum::None(*of),
        }),
        // A type that this crate has no feature for.
        #[allow(unreachable_patterns)]
        _ => return None,
    }))
}

/// Reads an array in the type of the model. `None` for an array that contains NULL, and for less usual types.
#[cfg(feature = "postgres-array")]
fn array(row: &QueryResult, name: &str, of: ArrayType) -> Option<Value> {
    fn get<T>(row: &QueryResult, name: &str) -> Option<Option<Vec<Value>>>
    where
        Vec<T>: TryGetable,
        T: Into<Value>,
    {
        let items = row.try_get::<Option<Vec<T>>>("", name).ok()?;
        Some(items.map(|items| items.into_iter().map(Into::into).collect()))
    }

    let items = match &of {
        ArrayType::Bool => get::<bool>(row, name)?,
        ArrayType::SmallInt => get::<i16>(row, name)?,
        ArrayType::Int => get::<i32>(row, name)?,
        ArrayType::BigInt => get::<i64>(row, name)?,
        ArrayType::Float => get::<f32>(row, name)?,
        ArrayType::Double => get::<f64>(row, name)?,
        ArrayType::String => get::<String>(row, name)?,
        ArrayType::Uuid => get::<uuid::Uuid>(row, name)?,
        ArrayType::Json => get::<serde_json::Value>(row, name)?,
        ArrayType::Enum(enum_type) => {
            let items = get::<String>(row, name)?;
            let variant = |item| match item {
                Value::String(Some(value)) => Value::Enum(OptionEnum::Some(Box::new(Enum {
                    type_name: (**enum_type).clone(),
                    value: value.into(),
                }))),
                item => item,
            };
            items.map(|items| items.into_iter().map(variant).collect())
        }
        _ => return None,
    };
    Some(Value::Array(of, items.map(Box::new)))
}

/// Reads a value in another type, such as a number out of range.
fn as_told(row: &QueryResult, name: &str) -> Option<Value> {
    macro_rules! first_of {
        ($($(#[$attribute:meta])* $variant:ident($kind:ty)),+ $(,)?) => { $(
            $(#[$attribute])*
            if let Some(value) = get::<$kind>(row, name) {
                return Some(value.map_or(Value::$variant(None), Into::into));
            }
        )+ };
    }

    first_of!(
        BigInt(i64),
        BigUnsigned(u64),
        Int(i32),
        SmallInt(i16),
        Double(f64),
        Float(f32),
        #[cfg(feature = "with-rust_decimal")]
        Decimal(sea_orm::prelude::Decimal),
        #[cfg(feature = "with-bigdecimal")]
        BigDecimal(sea_orm::prelude::BigDecimal),
        Bool(bool),
        String(String),
        Bytes(Vec<u8>),
    );
    None
}
