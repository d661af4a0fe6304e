//! Deletes many rows.

use std::{marker::PhantomData, ops::ControlFlow};

use sea_orm::{
    ConnectionTrait, Iterable, QueryFilter, QueryTrait,
    sea_query::{Condition, LockType},
};

use super::chunk::{rows_in_chunk, with_keys};
use crate::{
    Changes, Error,
    audited::Audited,
    write::{
        connection::UnitConnection,
        entry::write_all,
        fused,
        json_text::texts,
        later,
        operation::{Alone, Operation},
        refusal::{check_demands, failed, lacks_reason, not_deleted},
        row::{by_key, entry_of, key, lock_all},
        subject::Subject,
        target::Target,
        transaction::Transaction,
    },
};

pub(in crate::write) struct DeleteMany<E: Audited> {
    rows: Condition,
    entity: PhantomData<fn() -> E>,
}

impl<E: Audited> DeleteMany<E> {
    pub(in crate::write) fn new(rows: Condition) -> Self {
        Self {
            rows,
            entity: PhantomData,
        }
    }

    async fn locked<T: Transaction>(self, connection: &UnitConnection<T>) -> Result<u64, Error> {
        let backend = connection.get_database_backend();
        let rows = by_key::<E>(E::find().filter(self.rows));
        let rows = lock_all::<E, T>(connection, rows, LockType::Update).await?;
        if !rows.is_empty() {
            check_demands::<E>(&connection.context)?;
        }
        for rows in rows.chunks(rows_in_chunk::<E>()) {
            let keys: Vec<_> = rows.iter().map(|row| key::<E>(row, backend)).collect();
            let mut delete = E::delete_many().filter(with_keys::<E>(&keys)).into_query();
            if let Some(announcing) = later::announcing(backend, &connection.awaited) {
                delete.returning(announcing);
            }
            let json = texts::<E, T>(connection, rows, E::Column::iter().collect()).await?;
            let deleted = connection.execute(&delete).await.map_err(failed::<E>)?;
            if deleted.rows_affected() != rows.len() as u64 {
                return Err(not_deleted());
            }
            let entries = rows.iter().map(|row| {
                let changes = Changes::deleted_values::<E>(|column| row.get(column));
                let changes = json.told::<E>(row, changes, backend);
                entry_of::<E>("DELETE", row, &changes, backend)
            });
            write_all(&entries.collect::<Vec<_>>(), &connection.target()).await?;
        }
        Ok(rows.len() as u64)
    }
}

impl<E: Audited> Operation for DeleteMany<E> {
    type Output = u64;

    fn subject(&self) -> Subject {
        Subject::of::<E>("DELETE")
    }

    async fn run<T: Transaction>(self, connection: &UnitConnection<T>) -> Result<u64, Error> {
        match self.run_alone(&connection.target()).await {
            ControlFlow::Break(result) => result,
            ControlFlow::Continue(this) => this.locked(connection).await,
        }
    }

    async fn run_alone<C: ConnectionTrait>(self, target: &Target<'_, C>) -> Alone<Self> {
        if lacks_reason::<E>(target.context) || !fused::fits::<E>(target) {
            return ControlFlow::Continue(self);
        }
        ControlFlow::Break(fused::delete_many::<E, C>(target, self.rows).await)
    }
}
