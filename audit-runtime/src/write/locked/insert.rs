//! Inserts a row.

use std::pin::Pin;

use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, DbErr, QuerySelect, QueryTrait,
    TryInsertResult,
    sea_query::{Expr, FromValueTuple, LockType, OnConflict, Query},
};

use super::{
    super::{
        connection::UnitConnection,
        fused, hooks, later,
        refusal::{check_demands, check_stored, failed},
        row::{Row, first, key, lock, reads_back, stored, written},
        touch,
        transaction::Transaction,
        values::values_of,
    },
    after_save, log,
};
use crate::{
    Changes, Error, Pending,
    audited::{ActiveModelOf, Audited, ColumnOf, KeyOf},
    schema::generated::overriding,
    stored_row::StoredRow,
};

/// The restoration of a deleted row.
#[derive(Clone, Copy)]
pub(in crate::write) struct Restoring {
    /// The entry that is reverted.
    pub(in crate::write) entry: i64,
    /// Whether the insert sets an identity that is `GENERATED ALWAYS`.
    pub(in crate::write) overrides_identity: bool,
}

/// Inserts the row, unless an existing row has the same values in the columns `conflict`.
pub(in crate::write) fn insert<'a, E: Audited, T: Transaction>(
    connection: &'a UnitConnection<T>,
    row: Box<ActiveModelOf<E>>,
    conflict: &'a [ColumnOf<E>],
    restoring: Option<Restoring>,
) -> Pending<'a, Option<Row<E>>> {
    Box::pin(async move {
        check_demands::<E>(&connection.context)?;
        let mut row = hooks::before_save::<E, T>(connection, row, true).await?;
        touch::insert::<E>(&mut row)?;
        match write_insert::<E, T>(connection, row, conflict, restoring).await? {
            Some(after) => Ok(Some(after_save::<E, T>(connection, after, true).await?)),
            None => Ok(None),
        }
    })
}

fn write_insert<'a, E: Audited, T: Transaction>(
    connection: &'a UnitConnection<T>,
    row: Box<ActiveModelOf<E>>,
    conflict: &'a [ColumnOf<E>],
    restoring: Option<Restoring>,
) -> Pending<'a, Option<Row<E>>> {
    Box::pin(async move {
        let reverts = restoring.map(|restoring| restoring.entry);
        let target = connection.target().reverting(reverts);
        if restoring.is_some_and(|restoring| restoring.overrides_identity) {
            let after = insert_overriding::<E, T>(connection, &row).await?;
            return Ok(Some(log_insert::<E, T>(connection, after, reverts).await?));
        }
        if fused::fits::<E>(&target) {
            let row = values_of::<E>(&row);
            let inserted = fused::insert::<E, _>(&target, vec![row], conflict).await?;
            return Ok(first(inserted));
        }
        let set = values_of::<E>(&row);
        let inserted = send_insert::<E, T>(connection, row, conflict).await;
        let Some(after) = inserted.map_err(failed::<E>)? else {
            if conflict.is_empty() {
                return Err(failed::<E>(DbErr::RecordNotInserted));
            }
            return Ok(None);
        };
        let mut after = StoredRow::Model(after);
        if reads_back(connection) && connection.support_returning() {
            let key = key::<E>(&after, connection.get_database_backend());
            after = stored::<E, T>(connection, key).await?;
        }
        if reads_back(connection) {
            check_stored::<E>(&set, &after)?;
        }
        Ok(Some(log_insert::<E, T>(connection, after, reverts).await?))
    })
}

async fn log_insert<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    after: StoredRow<E>,
    reverts: Option<i64>,
) -> Result<Row<E>, Error> {
    let changes = Changes::created_values::<E>(|column| after.get(column));
    log::<E, T>(connection, "CREATE", &after, &changes, reverts).await?;
    written::<E>(after)
}

type Inserting<'a, E> = Pin<Box<dyn Future<Output = Result<Option<Row<E>>, DbErr>> + Send + 'a>>;

fn send_insert<'a, E: Audited, T: Transaction>(
    connection: &'a UnitConnection<T>,
    row: Box<ActiveModelOf<E>>,
    conflict: &'a [ColumnOf<E>],
) -> Inserting<'a, E> {
    let backend = connection.get_database_backend();
    if backend == DbBackend::Postgres {
        insert_announced::<E, T>(connection, row, conflict)
    } else if conflict.is_empty() {
        insert_one::<E, T>(connection, row)
    } else if backend == DbBackend::MySql {
        // MySQL has no "do nothing" for a single constraint, and does not report whether nothing was done.
        Box::pin(async move {
            let insert = insert_one::<E, T>(connection, row);
            Ok(connection.unless_violated(insert).await?.flatten())
        })
    } else {
        insert_unless_there::<E, T>(connection, row, conflict)
    }
}

fn insert_announced<'a, E: Audited, T: Transaction>(
    connection: &'a UnitConnection<T>,
    row: Box<ActiveModelOf<E>>,
    conflict: &'a [ColumnOf<E>],
) -> Inserting<'a, E> {
    Box::pin(async move {
        let mut insert = E::insert(*row).into_query();
        if !conflict.is_empty() {
            let conflict = OnConflict::columns(conflict.iter().copied());
            insert.on_conflict(conflict.to_owned().do_nothing().to_owned());
        }
        Ok(first(
            later::insert::<E>(connection, &connection.awaited, insert).await?,
        ))
    })
}

async fn insert_overriding<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: &ActiveModelOf<E>,
) -> Result<StoredRow<E>, Error> {
    let (columns, values): (Vec<_>, Vec<_>) = values_of::<E>(row).into_iter().unzip();
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
    if let Some(announcing) =
        later::announcing(connection.get_database_backend(), &connection.awaited)
    {
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

fn insert_one<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: Box<ActiveModelOf<E>>,
) -> Inserting<'_, E> {
    Box::pin(async move {
        if connection.get_database_backend() != DbBackend::MySql {
            let inserted = E::insert(*row).exec_with_returning(connection).await?;
            return Ok(Some(Box::new(inserted)));
        }
        let inserted = E::insert(*row).exec(connection).await?;
        // On MySQL, a read without a lock would fix the snapshot of the transaction.
        let inserted = E::find_by_id(inserted.last_insert_id)
            .lock(LockType::Share)
            .all(connection)
            .await?;
        match first(inserted) {
            Some(row) => Ok(Some(row)),
            None => Err(DbErr::RecordNotInserted),
        }
    })
}

fn insert_unless_there<'a, E: Audited, T: Transaction>(
    connection: &'a UnitConnection<T>,
    row: Box<ActiveModelOf<E>>,
    conflict: &'a [ColumnOf<E>],
) -> Inserting<'a, E> {
    Box::pin(async move {
        let insert = E::insert(*row).on_conflict_do_nothing_on(conflict.iter().copied());
        match insert.exec_with_returning(connection).await {
            Ok(TryInsertResult::Inserted(row)) => Ok(Some(Box::new(row))),
            Ok(TryInsertResult::Empty | TryInsertResult::Conflicted) => Ok(None),
            // SeaORM's error for a statement that returned no row.
            Err(DbErr::RecordNotFound(_)) => Ok(None),
            Err(error) => Err(error),
        }
    })
}
