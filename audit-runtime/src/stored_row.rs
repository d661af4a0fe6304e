//! A row as stored, even if the model cannot hold a value.

mod value;

use std::panic::{AssertUnwindSafe, catch_unwind};

use sea_orm::{
    ActiveModelTrait, DbErr, FromQueryResult, IdenStatic, Iterable, ModelTrait, PrimaryKeyToColumn,
    QueryResult, Value, sea_query::ValueTuple,
};
#[cfg(feature = "postgres-array")]
use {sea_orm::sea_query::ArrayType, serde_json::Value as Json};

use crate::{
    audited::{ActiveModelOf, Audited, ColumnOf, ModelOf},
    entity_id::tuple,
};

/// A row: the model, or the values of the columns if the model cannot hold one of them. This happens when an enum has
/// lost a variant.
///
/// The model is on the heap. A model of many columns has kilobytes, and each future that passes it on would contain it
/// several times. In a debug build, each of these copies has its own place on the stack.
#[derive(Debug)]
pub(crate) enum StoredRow<E: Audited> {
    Model(Box<ModelOf<E>>),
    Values(Values<E>),
}

/// The values of a row that does not fit the model, and the error of the model.
#[derive(Debug)]
pub(crate) struct Values<E: Audited> {
    values: Vec<(ColumnOf<E>, Value)>,
    error: DbErr,
}

impl<E: Audited> StoredRow<E> {
    /// # Errors
    ///
    /// The error of the model, if the values cannot be read either.
    pub(crate) fn read(row: &QueryResult) -> Result<Self, DbErr> {
        match ModelOf::<E>::from_query_result(row, "") {
            Ok(model) => Ok(Self::Model(Box::new(model))),
            Err(error) => {
                let values = ColumnOf::<E>::iter().map(|column| {
                    Some((column, fitted::<E>(column, value::read::<E>(row, column)?)))
                });
                match values.collect() {
                    Some(values) => Ok(Self::Values(Values { values, error })),
                    None => Err(error),
                }
            }
        }
    }

    pub(crate) fn get(&self, column: ColumnOf<E>) -> Value {
        match self {
            Self::Model(model) => model.get(column),
            Self::Values(values) => values.get(column),
        }
    }

    pub(crate) fn key(&self) -> ValueTuple {
        match self {
            Self::Model(model) => model.get_primary_key_value(),
            Self::Values(values) => {
                let columns = E::PrimaryKey::iter().map(|key| key.into_column());
                tuple(columns.map(|column| values.get(column)).collect())
            }
        }
    }
}

impl<E: Audited> Values<E> {
    pub(crate) fn get(&self, column: ColumnOf<E>) -> Value {
        let mut values = self.values.iter();
        match values.find(|(other, _)| other.as_str() == column.as_str()) {
            Some((_, value)) => value.clone(),
            None => Value::String(None),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (ColumnOf<E>, &Value)> {
        self.values.iter().map(|(column, value)| (*column, value))
    }

    /// The columns with values that their fields do not accept.
    pub(crate) fn unfit(&self) -> Vec<ColumnOf<E>> {
        let unfit = self
            .iter()
            .filter(|(column, value)| !takes::<E>(*column, value));
        unfit.map(|(column, _)| column).collect()
    }

    /// The error of the model.
    pub(crate) fn into_error(self) -> DbErr {
        self.error
    }
}

/// Whether the field's current Rust type accepts the value. An enum may have lost a variant, or a struct may have
/// changed.
pub(crate) fn takes<E: Audited>(column: ColumnOf<E>, value: &Value) -> bool {
    let mut row = Box::new(<ActiveModelOf<E> as ActiveModelTrait>::default());
    // SeaQuery panics if an element of a list of structs cannot be read.
    let set = AssertUnwindSafe(|| row.try_set(column, value.clone()).is_ok());
    catch_unwind(set).unwrap_or(false)
}

/// The value in the form that the field accepts. SeaORM represents a list of structs in a JSON column as an array of
/// JSON values.
pub(crate) fn fitted<E: Audited>(column: ColumnOf<E>, value: Value) -> Value {
    #[cfg(feature = "postgres-array")]
    if let Value::Json(json) = &value
        && !takes::<E>(column, &value)
    {
        let items = match json.as_deref() {
            None => None,
            Some(Json::Array(items)) => Some(items),
            Some(_) => return value,
        };
        let items = items.map(|items| items.iter().cloned().map(Value::from).collect());
        let array = Value::Array(ArrayType::Json, items.map(Box::new));
        if takes::<E>(column, &array) {
            return array;
        }
    }
    let _ = column;
    value
}
