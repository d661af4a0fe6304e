//! The locked plan: lock and read the row, change it through the user's hooks, read what is stored, write the entry.
//!
//! Where the fused plan fits, it takes the place of the last three.

use std::slice;

use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr,
    IntoActiveModel, Iterable, ModelTrait, QuerySelect, QueryTrait, TryInsertResult,
    sea_query::{Expr, FromValueTuple, LockType, OnConflict, Query},
};

use super::{
    connection::UnitConnection,
    fused::{self, Deleted, NewValues},
    json_text::{JsonTexts, texts},
    later,
    refusal::{
        check_demands, check_key, check_stored, check_unchanged, check_unchanged_since, failed,
        key_changed, not_deleted,
    },
    row::{Updated, entry_of, findable, key, lock, not_found, reads_back, stored},
    transaction::Transaction,
};
use crate::{
    AuditedModel, Changes, Error,
    audited::{ActiveModelOf, Audited, ColumnOf, KeyOf, ModelOf},
    encode::same,
    schema::generated::overriding,
};

/// What the row must be for it to be changed.
pub(super) enum Expected<E: Audited> {
    Anything,
    /// What the caller loaded.
    Loaded(ModelOf<E>),
    /// In these columns what this entry left, which the change takes back.
    Since(i64, NewValues<E>),
    /// The row that was found by these values, and still has them.
    Found(ModelOf<E>, NewValues<E>),
}

pub(super) async fn update<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    id: KeyOf<E>,
    set: NewValues<E>,
    expected: Expected<E>,
) -> Result<Updated<ModelOf<E>>, Error> {
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
        Expected::Found(found, by) => {
            let is_kept = |column| same(&found.get(column), &before.get(column));
            if !by.iter().all(|(column, _)| is_kept(*column)) {
                return Err(not_found::<E>(key::<E>(&before, backend), backend));
            }
            None
        }
    };

    let mut row = findable::<E>(before.clone(), backend).into_active_model();
    for (column, value) in set {
        if !same(&value, &before.get(column)) {
            row.try_set(column, value).map_err(failed::<E>)?;
        }
    }
    if !row.is_changed() {
        return Ok(Updated::Unchanged(before));
    }
    check_demands::<E>(&connection.context)?;

    let row = ActiveModelOf::<E>::before_save(row, connection, false)
        .await
        .map_err(failed::<E>)?;
    check_key::<E>(&row, &key::<E>(&before, backend))?;
    let after = write_update::<E, T>(connection, &before, row, reverts).await?;
    let after = after_save::<E, T>(connection, after, false).await?;
    Ok(Updated::Changed(after))
}

/// How a deleted row is inserted again.
#[derive(Clone, Copy)]
pub(super) struct Restoring {
    /// The entry that this takes back.
    pub(super) entry: i64,
    /// Whether an identity is given its value though the database would give one always.
    pub(super) overrides_identity: bool,
}

/// Inserts the row, unless there is one that has the columns `conflict` in common with it.
pub(super) async fn insert<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: ActiveModelOf<E>,
    conflict: &[ColumnOf<E>],
    restoring: Option<Restoring>,
) -> Result<Option<ModelOf<E>>, Error> {
    check_demands::<E>(&connection.context)?;
    let row = row
        .before_save(connection, true)
        .await
        .map_err(failed::<E>)?;
    match write_insert::<E, T>(connection, row, conflict, restoring).await? {
        Some(after) => Ok(Some(after_save::<E, T>(connection, after, true).await?)),
        None => Ok(None),
    }
}

pub(super) async fn delete<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    id: KeyOf<E>,
) -> Result<(), Error> {
    let before = lock::<E, T>(connection, id, LockType::Update).await?;
    check_demands::<E>(&connection.context)?;
    let backend = connection.get_database_backend();
    let row = findable::<E>(before.clone(), backend)
        .into_active_model()
        .before_delete(connection)
        .await
        .map_err(failed::<E>)?;
    check_key::<E>(&row, &key::<E>(&before, backend))?;
    write_delete::<E, T>(connection, &before, row.clone()).await?;
    row.after_delete(connection).await.map_err(failed::<E>)?;
    Ok(())
}

async fn write_update<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    before: &ModelOf<E>,
    row: ActiveModelOf<E>,
    reverts: Option<i64>,
) -> Result<ModelOf<E>, Error> {
    let key = key::<E>(before, connection.get_database_backend());
    let target = connection.target().reverting(reverts);
    if fused::fits::<E>(&target) {
        let set = fused::changes_of::<E>(&row);
        if set.is_empty() {
            return Ok(before.clone());
        }
        let updated = fused::update::<E, _>(&target, key, Vec::new(), set).await?;
        let updated = updated.ok_or_else(|| failed::<E>(DbErr::RecordNotUpdated))?;
        return Ok(updated.into_row());
    }
    let set = fused::changes_of::<E>(&row);
    let columns = set.iter().map(|(column, _)| *column).collect();
    let json = texts::<E, T>(connection, slice::from_ref(before), columns).await?;
    let after = if reads_back(connection) {
        E::update(row)
            .exec_without_returning(connection)
            .await
            .map_err(failed::<E>)?;
        let after = stored::<E, T>(connection, before).await?;
        check_stored::<E>(&set, &after)?;
        after
    } else {
        E::update(row).exec(connection).await.map_err(failed::<E>)?
    };
    log_update::<E, T>(connection, before, &after, &json, reverts).await?;
    Ok(after)
}

async fn write_insert<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: ActiveModelOf<E>,
    conflict: &[ColumnOf<E>],
    restoring: Option<Restoring>,
) -> Result<Option<ModelOf<E>>, Error> {
    let reverts = restoring.map(|restoring| restoring.entry);
    let target = connection.target().reverting(reverts);
    if restoring.is_some_and(|restoring| restoring.overrides_identity) {
        let after = insert_overriding::<E, T>(connection, &row).await?;
        let changes = Changes::created::<E>(&after);
        log::<E, T>(connection, "CREATE", &after, &changes, reverts).await?;
        return Ok(Some(after));
    }
    if fused::fits::<E>(&target) {
        let row = fused::values_of::<E>(&row);
        let inserted = fused::insert::<E, _>(&target, vec![row], conflict).await?;
        return Ok(inserted.into_iter().next());
    }
    let set = fused::values_of::<E>(&row);
    let inserted = if connection.get_database_backend() == DbBackend::Postgres {
        let mut insert = E::insert(row).into_query();
        if !conflict.is_empty() {
            let conflict = OnConflict::columns(conflict.iter().copied());
            insert.on_conflict(conflict.to_owned().do_nothing().to_owned());
        }
        let inserted = later::insert::<E>(connection, insert).await;
        inserted.map(|rows| rows.into_iter().next())
    } else if conflict.is_empty() {
        insert_one::<E, T>(connection, row).await.map(Some)
    } else {
        insert_unless_there::<E, T>(connection, row, conflict).await
    };
    let Some(mut after) = inserted.map_err(failed::<E>)? else {
        if conflict.is_empty() {
            return Err(failed::<E>(DbErr::RecordNotInserted));
        }
        return Ok(None);
    };
    if reads_back(connection) && connection.support_returning() {
        after = stored::<E, T>(connection, &after).await?;
    }
    if reads_back(connection) {
        check_stored::<E>(&set, &after)?;
    }
    let changes = Changes::created::<E>(&after);
    log::<E, T>(connection, "CREATE", &after, &changes, reverts).await?;
    Ok(Some(after))
}

async fn insert_overriding<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: &ActiveModelOf<E>,
) -> Result<ModelOf<E>, Error> {
    let (columns, values): (Vec<_>, Vec<_>) = fused::values_of::<E>(row).into_iter().unzip();
    let values: Vec<_> = columns
        .iter()
        .zip(values)
        .map(|(column, value)| column.save_as(Expr::val(value)))
        .collect();
    let columns = Query::insert()
        .into_table(E::default().table_ref())
        .columns(columns)
        .to_owned();
    let mut insert = columns.clone().values_panic(values).to_owned();
    if let Some(announcing) = later::announcing(connection.get_database_backend()) {
        insert.returning(announcing);
    }
    let (Some(statement), Some(key)) = (overriding(&insert, &columns), row.get_primary_key_value())
    else {
        return Err(failed::<E>(DbErr::RecordNotInserted));
    };
    connection
        .execute_raw(statement)
        .await
        .map_err(failed::<E>)?;
    lock::<E, T>(
        connection,
        KeyOf::<E>::from_value_tuple(key),
        LockType::NoKeyUpdate,
    )
    .await
}

async fn insert_one<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: ActiveModelOf<E>,
) -> Result<ModelOf<E>, DbErr> {
    if connection.get_database_backend() != DbBackend::MySql {
        return E::insert(row).exec_with_returning(connection).await;
    }
    let inserted = E::insert(row).exec(connection).await?;
    // A read without a lock would be the moment that MySQL takes for all others of the transaction.
    E::find_by_id(inserted.last_insert_id)
        .lock(LockType::Share)
        .one(connection)
        .await?
        .ok_or(DbErr::RecordNotInserted)
}

async fn insert_unless_there<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: ActiveModelOf<E>,
    conflict: &[ColumnOf<E>],
) -> Result<Option<ModelOf<E>>, DbErr> {
    if connection.get_database_backend() == DbBackend::MySql {
        // It cannot say "do nothing" for one constraint alone, nor whether nothing was done.
        let insert = insert_one::<E, T>(connection, row);
        return connection.unless_violated(insert).await;
    }
    let insert = E::insert(row).on_conflict_do_nothing_on(conflict.iter().copied());
    match insert.exec_with_returning(connection).await {
        Ok(TryInsertResult::Inserted(row)) => Ok(Some(row)),
        Ok(TryInsertResult::Empty | TryInsertResult::Conflicted) => Ok(None),
        // What a statement that returned no row is to SeaORM.
        Err(DbErr::RecordNotFound(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

async fn write_delete<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    before: &ModelOf<E>,
    row: ActiveModelOf<E>,
) -> Result<(), Error> {
    let target = connection.target();
    if fused::fits::<E>(&target) {
        let key = key::<E>(before, connection.get_database_backend());
        return match fused::delete::<E, _>(&target, key).await? {
            Deleted::Yes => Ok(()),
            Deleted::NotThere | Deleted::Not => Err(not_deleted()),
        };
    }
    let columns = ColumnOf::<E>::iter().collect();
    let json = texts::<E, T>(connection, slice::from_ref(before), columns).await?;
    let deleted = E::delete(row).exec(connection).await.map_err(failed::<E>)?;
    if deleted.rows_affected != 1 {
        return Err(not_deleted());
    }
    let changes = Changes::deleted::<E>(before);
    let changes = json.told::<E>(before, changes, connection.get_database_backend());
    log::<E, T>(connection, "DELETE", before, &changes, None).await
}

/// Runs the hook after a save. If it wrote, it may have changed this row once more: that is another change of it.
async fn after_save<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: ModelOf<E>,
    is_insert: bool,
) -> Result<ModelOf<E>, Error> {
    let writes = connection.writes();
    connection.entries_come_later(true);
    let model = ActiveModelOf::<E>::after_save(row.clone(), connection, is_insert).await;
    connection.entries_come_later(false);
    let model = model.map_err(failed::<E>)?;
    if connection.writes() != writes {
        let after = stored::<E, T>(connection, &row).await?;
        let json = JsonTexts::default();
        log_update::<E, T>(connection, &row, &after, &json, None).await?;
    }
    Ok(model)
}

/// No change, no entry.
async fn log_update<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    before: &ModelOf<E>,
    after: &ModelOf<E>,
    json: &JsonTexts,
    reverts: Option<i64>,
) -> Result<(), Error> {
    let backend = connection.get_database_backend();
    if key::<E>(after, backend) != key::<E>(before, backend) {
        return Err(key_changed());
    }
    let changes = before.changes_to(after);
    if changes.is_empty() {
        return Ok(());
    }
    let changes = json.told::<E>(before, changes, backend);
    log::<E, T>(connection, "UPDATE", before, &changes, reverts).await
}

async fn log<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    action: &'static str,
    row: &ModelOf<E>,
    changes: &Changes,
    reverts: Option<i64>,
) -> Result<(), Error> {
    entry_of::<E>(action, row, changes, connection.get_database_backend())
        .reverting(reverts)
        .write(&connection.target())
        .await
}
