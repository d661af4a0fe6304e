//! The columns that a write sets, with their values.

use sea_orm::{ActiveModelTrait, ActiveValue, Iterable, Value};

use crate::audited::{ActiveModelOf, Audited, ColumnOf};

/// Columns with their new values.
pub(super) type NewValues<E> = Vec<(ColumnOf<E>, Value)>;

/// The columns of a row to insert.
pub(super) fn values_of<E: Audited>(row: &ActiveModelOf<E>) -> NewValues<E> {
    let columns = E::Column::iter();
    let values = columns.filter_map(|column| match row.get(column) {
        ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some((column, value)),
        ActiveValue::NotSet => None,
    });
    values.collect()
}

/// The columns of a row to update.
pub(super) fn changes_of<E: Audited>(row: &ActiveModelOf<E>) -> NewValues<E> {
    let columns = E::Column::iter();
    let values = columns.filter_map(|column| match row.get(column) {
        ActiveValue::Set(value) => Some((column, value)),
        ActiveValue::Unchanged(_) | ActiveValue::NotSet => None,
    });
    values.collect()
}
