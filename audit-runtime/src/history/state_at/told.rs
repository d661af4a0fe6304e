//! Reads the value of a column from an entry.

use super::super::{Entry, PastValue, names::Told, recorded::read_value};
use crate::{
    audited::{Audited, ColumnOf},
    encode::{DecodeError, Encoded},
    error::Reason,
};

/// The reason for values in a format that this version does not read.
pub(super) fn not_read() -> Reason {
    Reason::Unreadable(DecodeError::Unknown("another format".to_owned()))
}

pub(super) fn before(told: Told<'_>) -> Option<&Encoded> {
    match told {
        Told::Change(change) => change.before.as_ref(),
        Told::Perhaps(..) | Told::Nothing => None,
    }
}

pub(super) fn after(told: Told<'_>) -> Option<&Encoded> {
    match told {
        Told::Change(change) => change.after.as_ref(),
        Told::Perhaps(..) | Told::Nothing => None,
    }
}

/// Reads the value of a column before or after an entry.
pub(in crate::history) fn read<E: Audited>(
    entry: &Entry,
    told: Told<'_>,
    column: ColumnOf<E>,
    side: Option<&Encoded>,
) -> PastValue {
    if let Told::Perhaps(..) = told {
        return PastValue::Unknown(Reason::NameReused);
    }
    let Some(encoded) = side else {
        return PastValue::Unknown(Reason::AddedSince);
    };
    if !entry.is_read {
        return PastValue::Unknown(not_read());
    }
    match read_value::<E>(encoded, column) {
        Ok(value) => PastValue::Known(value),
        Err(DecodeError::Redacted) => PastValue::Unknown(Reason::Redacted),
        Err(DecodeError::Erased) => PastValue::Unknown(Reason::Erased),
        Err(error) => PastValue::Unknown(Reason::Unreadable(error)),
    }
}
