//! Reads the values of a column in an entry as the column's current type.

use sea_orm::{Value, sea_query::ArrayType};
use serde_json::Value as Json;

use super::{
    entry::Entry,
    names::{Names, Told, index},
};
use crate::{
    audited::{Audited, ColumnOf, FieldPolicy},
    encode::{DecodeError, Encoded, ValueKind, decode},
    stored_row::fitted,
};

impl Entry {
    /// Returns a column's values before and after, in the column's type. It also finds values under former names of the
    /// field.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the value was redacted, the type of the column has changed, or the entry is ambiguous between
    /// two fields that have had the same name.
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

/// Decodes a value as the column's current type. An integer becomes text if the column has become text.
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

/// Decodes a column's values before and after.
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

/// The values of a column in an entry, as far as they can be read.
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

pub(super) fn holds_text(kind: &ValueKind) -> bool {
    matches!(
        kind,
        ValueKind::Scalar(ArrayType::String | ArrayType::Char | ArrayType::Enum(_))
    )
}
