//! The values of a column that an entry holds, read as the column's type of today.

use std::panic::{AssertUnwindSafe, catch_unwind};

use sea_orm::{ActiveModelTrait, Value, sea_query::ArrayType};
use serde_json::Value as Json;

use super::{
    entry::Entry,
    names::{Names, Told, index},
};
use crate::{
    audited::{ActiveModelOf, Audited, ColumnOf, FieldPolicy},
    encode::{DecodeError, Encoded, ValueKind, decode},
};

impl Entry {
    /// A column's values before and after, in the column's own type, whatever its field was called then.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the value was redacted, the column has another type since, or the entry does not tell which of
    /// two fields that were called alike it is about.
    pub fn values<E: Audited>(
        &self,
        column: ColumnOf<E>,
    ) -> Result<(Option<Value>, Option<Value>), DecodeError> {
        if !self.is_read {
            return Err(DecodeError::Unknown("another format".to_owned()));
        }
        if E::field(column).policy == FieldPolicy::Skip {
            return Ok((None, None));
        }
        let told = Names::of::<E>().told(self, index::<E>(column));
        read_change::<E>(told, column)
    }
}

/// A value of the log as the column of today has it. A whole number is text where the column has become text since.
pub(super) fn read_value<E: Audited>(
    encoded: &Encoded,
    column: ColumnOf<E>,
) -> Result<Value, DecodeError> {
    let kind = ValueKind::of::<E>(column);
    let value = decode(encoded, &kind).or_else(|error| match encoded {
        Encoded::Plain(Json::Number(number)) if !number.is_f64() && holds_text(&kind) => {
            decode(&Encoded::Plain(number.to_string().into()), &kind)
        }
        _ => Err(error),
    })?;
    Ok(fitted::<E>(column, value))
}

/// What an entry says of a column's values before and after, as the column of today has them.
pub(super) fn read_change<E: Audited>(
    told: Told<'_>,
    column: ColumnOf<E>,
) -> Result<(Option<Value>, Option<Value>), DecodeError> {
    let policy = E::field(column).policy;
    let read = |side: &Option<Encoded>| {
        let read = |value: &Encoded| match policy {
            FieldPolicy::Redact if *value != Encoded::NULL => Err(DecodeError::Redacted),
            _ => read_value::<E>(value, column),
        };
        side.as_ref().map(read).transpose()
    };
    match told {
        Told::Nothing => Ok((None, None)),
        Told::Change(change) => Ok((read(&change.before)?, read(&change.after)?)),
        Told::Perhaps(name, _) => Err(DecodeError::NameReused(name.to_owned())),
    }
}

/// The values of a column that stand in an entry, as far as they can be read.
pub(super) fn values_in<E: Audited>(entry: &Entry, column: ColumnOf<E>) -> Vec<Value> {
    let change = match Names::of::<E>().told(entry, index::<E>(column)) {
        Told::Change(change) | Told::Perhaps(_, change) => Some(change),
        Told::Nothing => None,
    };
    let sides = change
        .into_iter()
        .flat_map(|change| [&change.before, &change.after]);
    sides
        .flatten()
        .filter_map(|value| read_value::<E>(value, column).ok())
        .collect()
}

/// Whether the field of the entity takes the value: an enum may have lost a variant since, or a struct changed.
pub(super) fn takes<E: Audited>(column: ColumnOf<E>, value: &Value) -> bool {
    let mut row = <ActiveModelOf<E> as ActiveModelTrait>::default();
    // SeaQuery panics at a list of structs of which one cannot be read.
    let set = AssertUnwindSafe(|| row.try_set(column, value.clone()).is_ok());
    catch_unwind(set).unwrap_or(false)
}

/// A JSON column may be a list of structs, which SeaORM has as an array of their JSON.
fn fitted<E: Audited>(column: ColumnOf<E>, value: Value) -> Value {
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

pub(super) fn holds_text(kind: &ValueKind) -> bool {
    matches!(
        kind,
        ValueKind::Scalar(ArrayType::String | ArrayType::Char | ArrayType::Enum(_))
    )
}
