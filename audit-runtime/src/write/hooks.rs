//! Runs the user's hooks, each in a boxed future. SeaORM passes rows to them by value, and no other future holds a row.

use sea_orm::ActiveModelBehavior;

use super::{connection::UnitConnection, refusal::failed, row::Row, transaction::Transaction};
use crate::{
    Pending,
    audited::{ActiveModelOf, Audited},
};

pub(super) fn before_save<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: Box<ActiveModelOf<E>>,
    is_insert: bool,
) -> Pending<'_, Box<ActiveModelOf<E>>> {
    Box::pin(async move {
        let row = row.before_save(connection, is_insert).await;
        row.map(Box::new).map_err(failed::<E>)
    })
}

pub(super) fn after_save<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: Row<E>,
    is_insert: bool,
) -> Pending<'_, Row<E>> {
    Box::pin(async move {
        let row = ActiveModelOf::<E>::after_save(*row, connection, is_insert).await;
        row.map(Box::new).map_err(failed::<E>)
    })
}

pub(super) fn before_delete<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: Box<ActiveModelOf<E>>,
) -> Pending<'_, Box<ActiveModelOf<E>>> {
    Box::pin(async move {
        let row = row.before_delete(connection).await;
        row.map(Box::new).map_err(failed::<E>)
    })
}

pub(super) fn after_delete<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    row: Box<ActiveModelOf<E>>,
) -> Pending<'_, ()> {
    Box::pin(async move {
        row.after_delete(connection).await.map_err(failed::<E>)?;
        Ok(())
    })
}
