//! The fused plan: on PostgreSQL, change and entry in one statement.
//!
//! The statement is atomic without a transaction, and cannot be interrupted half-way. `before` is the locked row, and
//! `after` the stored one.

mod kept;
mod plan;
mod raised;
mod rendered;
mod statement;
mod text;

use sea_orm::{
    ConnectionTrait, DbErr, FromQueryResult, Iterable, QueryResult, Value,
    sea_query::{Condition, ValueTuple},
};

use self::{
    kept::{Shape, Verb},
    statement::{COUNT, Rows},
    text::send,
};
use super::{
    observed, refusal,
    row::{Row, Updated},
    target::Target,
    touch::with_touched,
    values::NewValues,
};
use crate::{
    Error,
    audited::{Audited, ColumnOf, ModelOf},
    dialect::is_missing_table,
    error::{DatabaseError, is_certainly_undone, is_of_log},
};

pub(super) use self::plan::{fits, would_fit};

/// Inserts rows with the same columns, and returns the inserted ones in their order.
pub(super) async fn insert<E: Audited, C: ConnectionTrait>(
    target: &Target<'_, C>,
    rows: Vec<NewValues<E>>,
    conflict: &[ColumnOf<E>],
) -> Result<Vec<ModelOf<E>>, Error> {
    let columns = columns_of::<E>(rows.first().map_or(&[], |row| row));
    let count = rows.len();
    // The text of a statement for many rows is long and rarely used again.
    let shape = (count == 1).then(|| Shape::new::<E, C>(target, Verb::Insert, &columns, conflict));
    let values = rows.into_iter().flatten().map(|(_, value)| value);
    let stored = send::<E, C>(target, shape, values, |parts| {
        parts.insert(&columns, count, conflict)
    });
    let stored = stored
        .await
        .and_then(|rows| rows.iter().map(inserted::<E>).collect());
    stored.map_err(|error| failed::<E, C>(target, error))
}

/// Updates the row with this key, if it exists and still has the values `held`.
pub(super) async fn update<E: Audited, C: ConnectionTrait>(
    target: &Target<'_, C>,
    key: ValueTuple,
    held: NewValues<E>,
    set: NewValues<E>,
) -> Result<Option<Updated<Row<E>>>, Error> {
    let set = with_touched::<E>(set);
    let columns = columns_of::<E>(&set);
    let held_columns = columns_of::<E>(&held);
    let values = held.into_iter().chain(set).map(|(_, value)| value);
    let values = key.into_iter().chain(values);
    let shape = Shape::new::<E, C>(target, Verb::Update, &columns, &held_columns);
    let rows = send::<E, C>(target, Some(shape), values, |parts| {
        parts.update(Rows::OfKey(&held_columns), &columns)
    });
    let found = rows
        .await
        .and_then(|rows| rows.first().map(updated::<E>).transpose());
    found.map_err(|error| failed::<E, C>(target, error))
}

/// The result of a delete.
pub(super) enum Deleted {
    Yes,
    /// The row did not exist.
    NotThere,
    /// A trigger suppressed the delete, or another transaction deleted the row first. Nothing of the statement is kept.
    Not,
}

/// Deletes the row with this key.
pub(super) async fn delete<E: Audited, C: ConnectionTrait>(
    target: &Target<'_, C>,
    key: ValueTuple,
) -> Result<Deleted, Error> {
    let shape = Some(Shape::new::<E, C>(target, Verb::Delete, &[], &[]));
    let rows = send::<E, C>(target, shape, key, |parts| parts.delete(target.is_alone)).await;
    match rows.and_then(|rows| count(&rows)) {
        Ok(0) => Ok(Deleted::NotThere),
        Ok(_) => Ok(Deleted::Yes),
        Err(error) if raised::is_not_deleted(&error) => Ok(Deleted::Not),
        Err(error) => Err(failed::<E, C>(target, error)),
    }
}

/// Updates all rows that satisfy the condition, and returns the number of changed rows.
pub(super) async fn update_many<E: Audited, C: ConnectionTrait>(
    target: &Target<'_, C>,
    condition: Condition,
    set: NewValues<E>,
) -> Result<u64, Error> {
    let set = with_touched::<E>(set);
    let columns = columns_of::<E>(&set);
    let values = set.into_iter().map(|(_, value)| value);
    let rows = send::<E, C>(target, None, values, |parts| {
        parts.update(Rows::Of(condition.clone()), &columns)
    });
    let changed = rows.await.and_then(|rows| count(&rows));
    changed.map_err(|error| failed::<E, C>(target, error))
}

/// Deletes all rows that satisfy the condition, and returns their number.
pub(super) async fn delete_many<E: Audited, C: ConnectionTrait>(
    target: &Target<'_, C>,
    condition: Condition,
) -> Result<u64, Error> {
    let rows = send::<E, C>(target, None, [], |parts| {
        parts.delete_many(condition.clone())
    });
    let deleted = rows.await.and_then(|rows| count(&rows));
    deleted.map_err(|error| failed::<E, C>(target, error))
}

fn columns_of<E: Audited>(values: &[(ColumnOf<E>, Value)]) -> Vec<ColumnOf<E>> {
    values.iter().map(|(column, _)| *column).collect()
}

fn model<E: Audited>(row: &QueryResult) -> Result<ModelOf<E>, DbErr> {
    ModelOf::<E>::from_query_result(row, "")
}

fn inserted<E: Audited>(row: &QueryResult) -> Result<ModelOf<E>, DbErr> {
    observed::written();
    model::<E>(row)
}

fn updated<E: Audited>(row: &QueryResult) -> Result<Updated<Row<E>>, DbErr> {
    // Read by position: it follows the columns of the row, and its name may vary.
    let is_written: bool = row.try_get_by(E::Column::iter().count())?;
    let row = Box::new(model::<E>(row)?);
    Ok(if is_written {
        observed::written();
        Updated::Changed(row)
    } else {
        Updated::Unchanged(row)
    })
}

fn count(rows: &[QueryResult]) -> Result<u64, DbErr> {
    let row = rows.first().ok_or(DbErr::RecordNotUpdated)?;
    let count: i64 = row.try_get("", COUNT)?;
    if count > 0 {
        observed::written();
    }
    Ok(count.unsigned_abs())
}

/// The caller's error for a failed fused statement.
fn failed<E: Audited, C>(target: &Target<'_, C>, error: DbErr) -> Error {
    if is_missing_table(&error) {
        return Error::LogMissing(error.into());
    }
    if let Some(error) = raised::error_of(&error) {
        return error;
    }
    if target.is_alone && !is_certainly_undone(&error) {
        return Error::CommitUnknown {
            changeset_id: target.changeset_id,
            source: DatabaseError::scrubbed(error),
        };
    }
    if is_of_log(&error) {
        return Error::scrubbed(error);
    }
    refusal::failed::<E>(error)
}
