//! The number of rows in one statement, within every database's limit of parameters.

use std::collections::HashMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbErr, Iterable, PrimaryKeyToColumn, QueryFilter, QuerySelect,
    QueryTrait,
    sea_query::{Condition, LockType, ValueTuple},
};

use crate::{
    Error,
    audited::Audited,
    entity_id::entity_id_of,
    stored_row::StoredRow,
    write::{
        connection::UnitConnection,
        refusal::failed,
        row::{lock_on, read},
        transaction::Transaction,
    },
};

/// The number of rows in a chunk. Rows with a composite key are found by a chain of ORs, which SQLite limits.
pub(super) fn rows_in_chunk<E: Audited>() -> usize {
    if E::PrimaryKey::iter().count() == 1 {
        500
    } else {
        100
    }
}

/// The rows with these keys.
pub(super) fn with_keys<E: Audited>(keys: &[ValueTuple]) -> Condition {
    let columns: Vec<_> = E::PrimaryKey::iter().map(|key| key.into_column()).collect();
    if let [column] = &*columns {
        let keys = keys.iter().cloned().flatten();
        return Condition::all().add(column.is_in(keys));
    }
    keys.iter().cloned().fold(Condition::any(), |any, key| {
        let parts = columns.iter().zip(key);
        any.add(parts.fold(Condition::all(), |all, (column, value)| {
            all.add(column.eq(value))
        }))
    })
}

/// The stored rows with these keys, by their ids.
pub(super) async fn stored<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    keys: &[ValueTuple],
) -> Result<HashMap<String, StoredRow<E>>, Error> {
    let backend = connection.get_database_backend();
    // A locking read, because MySQL must not read an older snapshot.
    let rows = E::find()
        .filter(with_keys::<E>(keys))
        .lock(lock_on(backend, LockType::NoKeyUpdate))
        .into_query();
    let rows = read::<E>(connection.query_all(&rows).await)?;
    let id = |row: &StoredRow<E>| entity_id_of::<E>(row.key(), backend);
    Ok(rows.into_iter().map(|row| (id(&row), row)).collect())
}

/// Checks that a statement changed all of its rows.
pub(super) fn check_count<E: Audited>(affected: u64, expected: usize) -> Result<(), Error> {
    if affected == expected as u64 {
        Ok(())
    } else {
        Err(failed::<E>(DbErr::RecordNotUpdated))
    }
}
