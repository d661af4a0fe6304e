//! The locked plan: lock and read the row, run the user's hooks, change the row, read it as stored, write the entry.
//!
//! If the fused plan fits, it replaces the last three steps.

mod insert;

use std::slice;

use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, Iterable, sea_query::LockType};

use super::{
    active,
    connection::UnitConnection,
    fused::{self, Deleted},
    hooks,
    json_text::{JsonTexts, texts},
    refusal::{
        as_model, check_demands, check_key, check_stored, check_unchanged, check_unchanged_since,
        failed, key_changed, not_deleted,
    },
    row::{Row, Updated, entry_of, key, lock, not_found, reads_back, stored, written},
    touch,
    transaction::Transaction,
    values::{NewValues, changes_of},
};
use crate::{
    Changes, Error, Pending,
    audited::{ActiveModelOf, Audited, ColumnOf, KeyOf},
    encode::same,
    stored_row::StoredRow,
};

pub(super) use insert::{Restoring, insert};

/// The state that a row must have to be changed.
pub(super) enum Expected<E: Audited> {
    Anything,
    /// The row that the caller loaded.
    Loaded(Row<E>),
    /// The values that this entry set in these columns. The change reverts the entry.
    Since(i64, NewValues<E>),
    /// The row still matches the search for the second values. It had the first ones in these columns when it was
    /// found.
    Found(NewValues<E>, NewValues<E>),
}

pub(super) fn update<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    id: KeyOf<E>,
    set: NewValues<E>,
    expected: Expected<E>,
) -> Pending<'_, Updated<Row<E>>> {
    Box::pin(async move {
        let backend = connection.get_database_backend();
        let before = lock::<E, T>(connection, id, LockType::NoKeyUpdate).await?;
        let reverts = match expected {
            Expected::Anything => None,
            Expected::Loaded(loaded) => {
                check_unchanged::<E>(backend, &loaded, &before)?;
                None
            }
            Expected::Since(entry, left) => {
                check_unchanged_since::<E>(backend, entry, &left, &before)?;
                Some(entry)
            }
            Expected::Found(found, _) => {
                let is_kept = |(column, value): &_| same(value, &before.get(*column));
                if !found.iter().all(is_kept) {
                    return Err(not_found::<E>(key::<E>(&before, backend), backend));
                }
                None
            }
        };

        let mut row = active::to_update::<E>(&before, &set, backend)?;
        for (column, value) in set {
            if !same(&value, &before.get(column)) {
                row.try_set(column, value).map_err(failed::<E>)?;
            }
        }
        if !row.is_changed() {
            return as_model::<E>(before, backend).map(Updated::Unchanged);
        }
        check_demands::<E>(&connection.context)?;

        let row = hooks::before_save::<E, T>(connection, row, false).await?;
        check_key::<E>(&row, &key::<E>(&before, backend))?;
        let after = write_update::<E, T>(connection, before, row, reverts).await?;
        let after = after_save::<E, T>(connection, after, false).await?;
        Ok(Updated::Changed(after))
    })
}

pub(super) fn delete<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    id: KeyOf<E>,
) -> Pending<'_, ()> {
    Box::pin(async move {
        let before = lock::<E, T>(connection, id, LockType::Update).await?;
        check_demands::<E>(&connection.context)?;
        let backend = connection.get_database_backend();
        let row = active::to_delete::<E>(&before, backend)?;
        let row = hooks::before_delete::<E, T>(connection, row).await?;
        check_key::<E>(&row, &key::<E>(&before, backend))?;
        write_delete::<E, T>(connection, before, row.clone()).await?;
        hooks::after_delete::<E, T>(connection, row).await
    })
}

fn write_update<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    before: StoredRow<E>,
    mut row: Box<ActiveModelOf<E>>,
    reverts: Option<i64>,
) -> Pending<'_, Row<E>> {
    Box::pin(async move {
        let key = key::<E>(&before, connection.get_database_backend());
        let target = connection.target().reverting(reverts);
        if fused::fits::<E>(&target) {
            let set = touch::without_touched::<E>(changes_of::<E>(&row));
            if set.is_empty() {
                return as_model::<E>(before, connection.get_database_backend());
            }
            let updated = fused::update::<E, _>(&target, key, Vec::new(), set).await?;
            let updated = updated.ok_or_else(|| failed::<E>(DbErr::RecordNotUpdated))?;
            return Ok(updated.into_row());
        }
        touch::update::<E>(&mut row, &before)?;
        let set = changes_of::<E>(&row);
        let columns = set.iter().map(|(column, _)| *column).collect();
        let json = texts::<E, T>(connection, slice::from_ref(&before), columns).await?;
        let after = if reads_back(connection) {
            send_update::<E, T>(connection, row).await?;
            let after = stored::<E, T>(connection, key).await?;
            check_stored::<E>(&set, &after)?;
            after
        } else {
            StoredRow::Model(updated::<E, T>(connection, row).await?)
        };
        log_update::<E, T>(connection, &before, &after, &json, reverts).await?;
        written::<E>(after)
    })
}

fn send_update<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: Box<ActiveModelOf<E>>,
) -> Pending<'_, ()> {
    Box::pin(async move {
        let update = E::update(*row).exec_without_returning(connection);
        update.await.map_err(failed::<E>)?;
        Ok(())
    })
}

fn updated<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: Box<ActiveModelOf<E>>,
) -> Pending<'_, Row<E>> {
    Box::pin(async move {
        let updated = E::update(*row).exec(connection).await;
        updated.map(Box::new).map_err(failed::<E>)
    })
}

async fn write_delete<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    before: StoredRow<E>,
    row: Box<ActiveModelOf<E>>,
) -> Result<(), Error> {
    let target = connection.target();
    if fused::fits::<E>(&target) {
        let key = key::<E>(&before, connection.get_database_backend());
        return match fused::delete::<E, _>(&target, key).await? {
            Deleted::Yes => Ok(()),
            Deleted::NotThere | Deleted::Not => Err(not_deleted()),
        };
    }
    let columns = ColumnOf::<E>::iter().collect();
    let json = texts::<E, T>(connection, slice::from_ref(&before), columns).await?;
    if send_delete::<E, T>(connection, row).await? != 1 {
        return Err(not_deleted());
    }
    let changes = Changes::deleted_values::<E>(|column| before.get(column));
    let changes = json.told::<E>(&before, changes, connection.get_database_backend());
    log::<E, T>(connection, "DELETE", &before, &changes, None).await
}

fn send_delete<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: Box<ActiveModelOf<E>>,
) -> Pending<'_, u64> {
    Box::pin(async move {
        let deleted = E::delete(*row).exec(connection).await;
        Ok(deleted.map_err(failed::<E>)?.rows_affected)
    })
}

/// Runs the hook after a save. If the hook wrote, it may have changed this row again, which is a second change.
async fn after_save<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: Row<E>,
    is_insert: bool,
) -> Result<Row<E>, Error> {
    let writes = connection.writes();
    connection.entries_come_later(true);
    let model = hooks::after_save::<E, T>(connection, row.clone(), is_insert).await;
    connection.entries_come_later(false);
    let model = model?;
    if connection.writes() != writes {
        let before = StoredRow::Model(row);
        let key = key::<E>(&before, connection.get_database_backend());
        let after = stored::<E, T>(connection, key).await?;
        let json = JsonTexts::default();
        log_update::<E, T>(connection, &before, &after, &json, None).await?;
    }
    Ok(model)
}

/// Writes the entry of an update, if anything has changed.
async fn log_update<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    before: &StoredRow<E>,
    after: &StoredRow<E>,
    json: &JsonTexts,
    reverts: Option<i64>,
) -> Result<(), Error> {
    let backend = connection.get_database_backend();
    if key::<E>(after, backend) != key::<E>(before, backend) {
        return Err(key_changed());
    }
    let changes =
        Changes::updated_values::<E>(|column| before.get(column), |column| after.get(column));
    if changes.is_empty() {
        return Ok(());
    }
    let changes = json.told::<E>(before, changes, backend);
    log::<E, T>(connection, "UPDATE", before, &changes, reverts).await
}

async fn log<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    action: &'static str,
    row: &StoredRow<E>,
    changes: &Changes,
    reverts: Option<i64>,
) -> Result<(), Error> {
    entry_of::<E>(action, row, changes, connection.get_database_backend())
        .reverting(reverts)
        .write(&connection.target())
        .await
}
