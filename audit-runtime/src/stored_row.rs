//! A row as the table holds it, even where the model cannot hold a value.

use std::marker::PhantomData;

use sea_orm::{
    DbErr, FromQueryResult, IdenStatic, Iterable, ModelTrait, PrimaryKeyToColumn, QueryResult,
    TryGetable, Value,
    sea_query::{ArrayType, Enum, OptionEnum, ValueTuple},
};

use crate::{
    audited::{Audited, ColumnOf, ModelOf},
    encode::ValueKind,
    entity_id::tuple,
};

/// A row: the model, or the values of the columns if the model cannot hold one of them. This happens when an enum has
/// lost a variant.
#[derive(Debug)]
pub(crate) enum StoredRow<E: Audited> {
    Model(ModelOf<E>),
    Values(Vec<Value>, PhantomData<fn() -> E>),
}

impl<E: Audited> StoredRow<E> {
    /// # Errors
    ///
    /// The error of the model, if the values cannot be read either.
    pub(crate) fn read(row: &QueryResult) -> Result<Self, DbErr> {
        match ModelOf::<E>::from_query_result(row, "") {
            Ok(model) => Ok(Self::Model(model)),
            Err(error) => {
                let values = ColumnOf::<E>::iter().map(|column| value::<E>(row, column));
                match values.collect() {
                    Some(values) => Ok(Self::Values(values, PhantomData)),
                    None => Err(error),
                }
            }
        }
    }

    pub(crate) fn get(&self, column: ColumnOf<E>) -> Value {
        match self {
            Self::Model(model) => model.get(column),
            Self::Values(values, _) => {
                let same = |(other, _): &(ColumnOf<E>, &Value)| other.as_str() == column.as_str();
                let mut columns = ColumnOf::<E>::iter().zip(values);
                match columns.find(same) {
                    Some((_, value)) => value.clone(),
                    None => Value::String(None),
                }
            }
        }
    }

    pub(crate) fn key(&self) -> ValueTuple {
        match self {
            Self::Model(model) => model.get_primary_key_value(),
            Self::Values(..) => {
                let columns = E::PrimaryKey::iter().map(|key| key.into_column());
                tuple(columns.map(|column| self.get(column)).collect())
            }
        }
    }
}

/// Reads a column's value in the type of the model. `None` for another type, and for arrays.
fn value<E: Audited>(row: &QueryResult, column: ColumnOf<E>) -> Option<Value> {
    fn get<T: TryGetable>(row: &QueryResult, name: &str) -> Option<Option<T>> {
        row.try_get::<Option<T>>("", name).ok()
    }

    macro_rules! typed {
        ($name:ident, $kind:ident, { $($(#[$attribute:meta])* $variant:ident),+ $(,)? }, { $($other:tt)* }) => {
            match $kind {
                $($(#[$attribute])* ArrayType::$variant => Value::$variant(get(row, $name)?),)+
                $($other)*
            }
        };
    }

    let ValueKind::Scalar(kind) = ValueKind::of::<E>(column) else {
        return None;
    };
    let name = column.as_str();
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
