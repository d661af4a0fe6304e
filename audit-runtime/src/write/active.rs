//! Converts a stored row to an `ActiveModel`, even if it does not fit the model.

use std::time::SystemTime;

use sea_orm::{
    ActiveModelTrait, DbBackend, IdenStatic, IntoActiveModel, Iterable, ModelTrait,
    PrimaryKeyToColumn, TryIntoModel,
};

use super::{
    refusal::{failed, unfit},
    row::{Row, key},
    values::NewValues,
};
use crate::{
    Error,
    audited::{ActiveModelOf, Audited, ColumnOf, ModelOf},
    stored_row::{StoredRow, Values, takes},
};

/// The row before an update, without the new values.
///
/// If the row does not fit the model, the update must set all fields that do not fit, because there must be a model to
/// return. Hooks see the other fields as in any other update.
pub(super) fn to_update<E: Audited>(
    row: &StoredRow<E>,
    set: &NewValues<E>,
    backend: DbBackend,
) -> Result<Box<ActiveModelOf<E>>, Error> {
    Ok(match row {
        StoredRow::Model(model) => active::<E>(model, row, backend),
        StoredRow::Values(values) => {
            let model = replaced::<E>(values, set, row, backend)?;
            active::<E>(&model, row, backend)
        }
    })
}

/// The row before its deletion. If it does not fit the model, the fields that do not fit are `NotSet`, and the others
/// are `Set`.
pub(super) fn to_delete<E: Audited>(
    row: &StoredRow<E>,
    backend: DbBackend,
) -> Result<Box<ActiveModelOf<E>>, Error> {
    let values = match row {
        StoredRow::Model(model) => return Ok(active::<E>(model, row, backend)),
        StoredRow::Values(values) => values,
    };
    let mut deleted = Box::new(<ActiveModelOf<E> as ActiveModelTrait>::default());
    for (column, value) in values.iter() {
        if takes::<E>(column, value) {
            deleted
                .try_set(column, value.clone())
                .map_err(failed::<E>)?;
        }
    }
    for (column, value) in E::PrimaryKey::iter().zip(key::<E>(row, backend)) {
        deleted
            .try_set(column.into_column(), value)
            .map_err(failed::<E>)?;
    }
    Ok(deleted)
}

/// The model with the new values of the fields that do not fit.
fn replaced<E: Audited>(
    values: &Values<E>,
    set: &NewValues<E>,
    row: &StoredRow<E>,
    backend: DbBackend,
) -> Result<Row<E>, Error> {
    let is = |one: ColumnOf<E>, other: ColumnOf<E>| one.as_str() == other.as_str();
    let in_the_way = values.unfit();
    let mut remaining = Vec::new();
    let mut model = Box::new(<ActiveModelOf<E> as ActiveModelTrait>::default());
    for (column, value) in values.iter() {
        let value = if in_the_way.iter().any(|other| is(*other, column)) {
            match set.iter().find(|(other, _)| is(*other, column)) {
                Some((_, value)) => value.clone(),
                None => match E::touch(column) {
                    Some(touch) if touch.is_set_by_changes() => touch.at(SystemTime::now()),
                    _ => {
                        remaining.push(column);
                        continue;
                    }
                },
            }
        } else {
            value.clone()
        };
        model.try_set(column, value).map_err(failed::<E>)?;
    }
    if !remaining.is_empty() {
        return Err(unfit::<E>(row, &remaining, backend));
    }
    model.try_into_model().map(Box::new).map_err(failed::<E>)
}

/// Converts the model, with a key by which the database finds the row.
fn active<E: Audited>(
    model: &ModelOf<E>,
    row: &StoredRow<E>,
    backend: DbBackend,
) -> Box<ActiveModelOf<E>> {
    let mut model = model.clone();
    for (column, value) in E::PrimaryKey::iter().zip(key::<E>(row, backend)) {
        model.set(column.into_column(), value);
    }
    Box::new(model.into_active_model())
}
