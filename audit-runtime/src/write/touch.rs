//! Sets the touched fields of a row to the current moment, and overrides any other value.

use std::time::SystemTime;

use sea_orm::{ActiveModelTrait, Iterable};

use super::{
    refusal::failed,
    values::{NewValues, changes_of},
};
use crate::{
    Error,
    audited::{ActiveModelOf, Audited, ColumnOf, Touch},
    encode::same,
    stored_row::StoredRow,
};

/// Sets them in a new row.
pub(super) fn insert<E: Audited>(row: &mut ActiveModelOf<E>) -> Result<(), Error> {
    let now = SystemTime::now();
    for (column, touch) in touched::<E>() {
        row.try_set(column, touch.at(now)).map_err(failed::<E>)?;
    }
    Ok(())
}

/// Sets them in the row of an update, if it changes another field.
pub(super) fn update<E: Audited>(
    row: &mut ActiveModelOf<E>,
    before: &StoredRow<E>,
) -> Result<(), Error> {
    if touched::<E>().next().is_none() {
        return Ok(());
    }
    let others = without_touched::<E>(changes_of::<E>(row));
    let is_change = others
        .iter()
        .any(|(column, value)| !same(value, &before.get(*column)));
    let now = SystemTime::now();
    for (column, touch) in touched::<E>() {
        if is_change && touch.is_set_by_changes() {
            row.try_set(column, touch.at(now)).map_err(failed::<E>)?;
        } else {
            row.not_set(column);
        }
    }
    Ok(())
}

/// The values of an update, and those of the touched fields.
pub(super) fn with_touched<E: Audited>(values: NewValues<E>) -> NewValues<E> {
    let mut values = without_touched::<E>(values);
    let now = SystemTime::now();
    let touched = touched::<E>().filter(|(_, touch)| touch.is_set_by_changes());
    values.extend(touched.map(|(column, touch)| (column, touch.at(now))));
    values
}

/// The values of an update without touched fields, which are not a change by themselves.
pub(super) fn without_touched<E: Audited>(mut values: NewValues<E>) -> NewValues<E> {
    values.retain(|(column, _)| E::touch(*column).is_none());
    values
}

fn touched<E: Audited>() -> impl Iterator<Item = (ColumnOf<E>, Touch)> {
    ColumnOf::<E>::iter().filter_map(|column| Some((column, E::touch(column)?)))
}
