//! The changes of a row: created, deleted or updated.

#[cfg(feature = "postgres-array")]
use sea_orm::sea_query::{ArrayType, ColumnType};
use sea_orm::{ColumnTrait, Iterable, ModelTrait, Value};
#[cfg(feature = "postgres-array")]
use serde_json::Value as Json;

use super::{Change, Changes};
use crate::{
    audited::{Audited, ColumnOf, FieldPolicy, ModelOf},
    encode::{Encoded, encode, same},
};

impl Changes {
    /// All fields of a created row.
    pub fn created<E: Audited>(after: &ModelOf<E>) -> Self {
        Self::created_values::<E>(|column| after.get(column))
    }

    /// As [`created`](Self::created), for a row that may not fit the model.
    pub(crate) fn created_values<E: Audited>(after: impl Fn(ColumnOf<E>) -> Value) -> Self {
        Self::of_fields::<E>(|column, keep| {
            Some(Change {
                before: None,
                after: Some(keep(&whole(column, after(column)))),
            })
        })
    }

    /// All fields of a deleted row.
    pub fn deleted<E: Audited>(before: &ModelOf<E>) -> Self {
        Self::deleted_values::<E>(|column| before.get(column))
    }

    /// As [`deleted`](Self::deleted), for a row that may not fit the model.
    pub(crate) fn deleted_values<E: Audited>(before: impl Fn(ColumnOf<E>) -> Value) -> Self {
        Self::of_fields::<E>(|column, keep| {
            Some(Change {
                before: Some(keep(&whole(column, before(column)))),
                after: None,
            })
        })
    }

    /// The fields in which two states of a row differ. Values are compared by meaning: 1.10 and 1.1 do not differ, and
    /// neither does one instant in two time zones.
    pub fn updated<E: Audited>(before: &ModelOf<E>, after: &ModelOf<E>) -> Self {
        Self::updated_values::<E>(|column| before.get(column), |column| after.get(column))
    }

    /// As [`updated`](Self::updated), for rows that may not fit the model.
    pub(crate) fn updated_values<E: Audited>(
        before: impl Fn(ColumnOf<E>) -> Value,
        after: impl Fn(ColumnOf<E>) -> Value,
    ) -> Self {
        Self::of_fields::<E>(|column, keep| {
            let (before, after) = (whole(column, before(column)), whole(column, after(column)));
            (!same(&before, &after)).then(|| Change {
                before: Some(keep(&before)),
                after: Some(keep(&after)),
            })
        })
    }

    fn of_fields<E: Audited>(
        change: impl Fn(ColumnOf<E>, fn(&Value) -> Encoded) -> Option<Change>,
    ) -> Self {
        let changes = ColumnOf::<E>::iter().filter_map(|column| {
            let field = E::field(column);
            let keep = match field.policy {
                FieldPolicy::Key | FieldPolicy::Skip => return None,
                FieldPolicy::Record => encode,
                FieldPolicy::Redact => redact,
            };
            Some((field.name.into(), change(column, keep)?))
        });
        Self(changes.collect())
    }
}

/// The value of a column. SeaORM represents a list of structs as an array, even in a JSON column.
fn whole(column: impl ColumnTrait, value: Value) -> Value {
    match value {
        #[cfg(feature = "postgres-array")]
        Value::Array(ArrayType::Json, items) if is_document(column) => {
            let json = |item: &Value| match item {
                Value::Json(Some(json)) => Json::clone(json),
                _ => Json::Null,
            };
            let items = items.map(|items| items.iter().map(json).collect::<Json>());
            Value::Json(items.map(Box::new))
        }
        value => {
            let _ = column;
            value
        }
    }
}

#[cfg(feature = "postgres-array")]
fn is_document(column: impl ColumnTrait) -> bool {
    matches!(
        column.def().get_column_type(),
        ColumnType::Json | ColumnType::JsonBinary
    )
}

/// NULL is not redacted.
fn redact(value: &Value) -> Encoded {
    if value.is_some() {
        Encoded::Redacted
    } else {
        Encoded::NULL
    }
}
