//! Steps on one row: lock it, read it, label it.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Iterable, PrimaryKeyToColumn, QueryOrder, QueryResult,
    QuerySelect, QueryTrait, Select,
    sea_query::{FromValueTuple, IntoValueTuple, LockType, ValueTuple},
};

use super::{
    connection::UnitConnection, fused::would_fit, later, refusal::failed, transaction::Transaction,
};
use crate::{
    Changes, Error, Pending,
    audited::{Audited, KeyOf, ModelOf, entity_type::entity_type},
    encode::entity_id::text_of,
    entity_id::{entity_id_of, unpadded},
    stored_row::StoredRow,
    write::entry::NewEntry,
};

/// A row on the heap. A row of many columns has kilobytes, and each future that passes it on would contain it several
/// times. In a debug build, each of these copies has its own place on the stack.
pub(super) type Row<E> = Box<ModelOf<E>>;

/// Moves the row off the heap, for the caller.
pub(super) fn unboxed<'a, M: Send + 'a>(row: Pending<'a, Box<M>>) -> Pending<'a, M> {
    Box::pin(async move { row.await.map(|row| *row) })
}

/// The first of these rows.
pub(super) fn first<M>(rows: Vec<M>) -> Option<Box<M>> {
    rows.into_iter().next().map(Box::new)
}

/// The stored row after an update.
pub(super) enum Updated<M> {
    Changed(M),
    Unchanged(M),
}

impl<M> Updated<M> {
    pub(super) fn into_row(self) -> M {
        match self {
            Self::Changed(row) | Self::Unchanged(row) => row,
        }
    }
}

/// Locks and reads the row.
pub(super) async fn lock<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    id: KeyOf<E>,
    lock: LockType,
) -> Result<StoredRow<E>, Error> {
    let backend = connection.get_database_backend();
    let key = unpadded::<E>(id.into_value_tuple(), backend);
    let mut row = E::find_by_id(KeyOf::<E>::from_value_tuple(key.clone()));
    if backend == DbBackend::Postgres && !would_fit::<E>(&connection.target()) {
        row = row.expr_as(connection.awaited.announced(), later::NAME);
    }
    let rows = lock_all::<E, T>(connection, row, lock).await?;
    let found = rows.into_iter().next();
    found.ok_or_else(|| not_found::<E>(key, backend))
}

/// Locks and reads the rows.
pub(super) async fn lock_all<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    rows: Select<E>,
    lock: LockType,
) -> Result<Vec<StoredRow<E>>, Error> {
    let lock = lock_on(connection.get_database_backend(), lock);
    let question = rows.lock(lock).into_query();
    let locked = match connection.query_all(&question).await {
        Err(error) if connection.has_begun_again(&error).await => {
            connection.query_all(&question).await
        }
        locked => locked,
    };
    read::<E>(locked)
}

/// Reads rows, even if they do not fit the model.
pub(super) fn read<E: Audited>(
    rows: Result<Vec<QueryResult>, DbErr>,
) -> Result<Vec<StoredRow<E>>, Error> {
    let rows = rows.map_err(failed::<E>)?;
    let rows = rows.iter().map(StoredRow::read);
    rows.collect::<Result<_, _>>().map_err(failed::<E>)
}

/// The lock that the database supports. Only PostgreSQL can lock a row and still let others refer to it. SQLite locks
/// the whole file.
pub(super) fn lock_on(backend: DbBackend, lock: LockType) -> LockType {
    match backend {
        DbBackend::Postgres => lock,
        _ => LockType::Update,
    }
}

/// Orders rows by key, because two transactions that lock them could otherwise deadlock.
pub(super) fn by_key<E: Audited>(rows: Select<E>) -> Select<E> {
    E::PrimaryKey::iter().fold(rows, |rows, key| rows.order_by_asc(key.into_column()))
}

/// The row as it is stored now.
pub(super) async fn stored<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    key: ValueTuple,
) -> Result<StoredRow<E>, Error> {
    let backend = connection.get_database_backend();
    let query = E::find_by_id(KeyOf::<E>::from_value_tuple(key));
    // Without a lock, MySQL reads the row from an older snapshot if our own change left it unchanged.
    let query = match backend {
        DbBackend::MySql => query.lock(LockType::Update),
        _ => query,
    };
    let rows = read::<E>(connection.query_all(&query.into_query()).await)?;
    let found = rows.into_iter().next();
    found.ok_or_else(|| failed::<E>(DbErr::RecordNotUpdated))
}

/// Whether a written row must be read again. PostgreSQL returns the stored row; AFTER triggers may change it later,
/// which is not recorded. MySQL returns nothing. SQLite returns the row before its AFTER triggers ran, which set an
/// `updated_at` there.
pub(super) fn reads_back(connection: &impl ConnectionTrait) -> bool {
    connection.get_database_backend() != DbBackend::Postgres
}

/// The key by which the database finds a row.
pub(super) fn key<E: Audited>(row: &StoredRow<E>, backend: DbBackend) -> ValueTuple {
    unpadded::<E>(row.key(), backend)
}

/// The model of a written row. It fits, unless the database changed the new values.
pub(super) fn written<E: Audited>(row: StoredRow<E>) -> Result<Row<E>, Error> {
    match row {
        StoredRow::Model(model) => Ok(model),
        StoredRow::Values(values) => Err(failed::<E>(values.into_error())),
    }
}

pub(super) fn not_found<E: Audited>(key: ValueTuple, backend: DbBackend) -> Error {
    Error::NotFound {
        entity_type: entity_type::<E>().into_owned(),
        entity_id: entity_id_of::<E>(key, backend),
    }
}

/// The entry of a change. `row` is the row before the change, or the new row.
pub(super) fn entry_of<E: Audited>(
    action: &'static str,
    row: &StoredRow<E>,
    changes: &Changes,
    backend: DbBackend,
) -> NewEntry {
    let id = entity_id_of::<E>(row.key(), backend);
    let label = E::label().map(|column| row.get(column));
    let label = label.filter(sea_orm::Value::is_some);
    NewEntry::change(
        action,
        (entity_type::<E>().into_owned(), id),
        label.map(|label| text_of(&label)),
        changes,
    )
}
