//! Applies one patch to many rows.

use std::ops::ControlFlow;

use sea_orm::{
    ColumnTrait, ConnectionTrait, QueryFilter,
    sea_query::{Condition, Expr, LockType, Query},
};

use super::chunk::{check_count, rows_in_chunk, stored, with_keys};
use crate::{
    Changes, Error,
    audited::{Audited, Patch},
    encode::same,
    entity_id::entity_id_of,
    stored_row::StoredRow,
    write::{
        connection::UnitConnection,
        entry::write_all,
        fused,
        json_text::texts,
        later,
        one::set_values,
        operation::{Alone, Operation},
        refusal::{check_demands, check_stored, failed, key_changed, lacks_reason},
        row::{by_key, entry_of, key, lock_all},
        subject::Subject,
        target::Target,
        touch::with_touched,
        transaction::Transaction,
        values::NewValues,
    },
};

pub(in crate::write) struct UpdateMany<E: Audited> {
    rows: Condition,
    set: NewValues<E>,
}

impl<E: Audited> UpdateMany<E> {
    pub(in crate::write) fn new(rows: Condition, patch: &impl Patch<Entity = E>) -> Self {
        Self {
            rows,
            set: set_values(patch),
        }
    }

    async fn locked<T: Transaction>(self, connection: &UnitConnection<T>) -> Result<u64, Error> {
        let rows = by_key::<E>(E::find().filter(self.rows));
        let rows = lock_all::<E, T>(connection, rows, LockType::NoKeyUpdate).await?;
        let changes = |row: &StoredRow<E>| {
            let mut set = self.set.iter();
            set.any(|(column, value)| !same(value, &row.get(*column)))
        };
        let rows: Vec<_> = rows.into_iter().filter(changes).collect();
        if !rows.is_empty() {
            check_demands::<E>(&connection.context)?;
        }
        let mut count = 0;
        let set = with_touched::<E>(self.set);
        for rows in rows.chunks(rows_in_chunk::<E>()) {
            count += change::<E, T>(connection, rows, &set).await?;
        }
        Ok(count)
    }
}

impl<E: Audited> Operation for UpdateMany<E> {
    type Output = u64;

    fn subject(&self) -> Subject {
        Subject::of::<E>("UPDATE")
    }

    async fn run<T: Transaction>(self, connection: &UnitConnection<T>) -> Result<u64, Error> {
        match self.run_alone(&connection.target()).await {
            ControlFlow::Break(result) => result,
            ControlFlow::Continue(this) => this.locked(connection).await,
        }
    }

    async fn run_alone<C: ConnectionTrait>(self, target: &Target<'_, C>) -> Alone<Self> {
        if self.set.is_empty() {
            return ControlFlow::Break(Ok(0));
        }
        if lacks_reason::<E>(target.context) || !fused::fits::<E>(target) {
            return ControlFlow::Continue(self);
        }
        ControlFlow::Break(fused::update_many::<E, C>(target, self.rows, self.set).await)
    }
}

/// Changes locked rows, and returns the number of entries.
async fn change<E: Audited, T: Transaction>(
    connection: &UnitConnection<T>,
    rows: &[StoredRow<E>],
    set: &NewValues<E>,
) -> Result<u64, Error> {
    let backend = connection.get_database_backend();
    let keys: Vec<_> = rows.iter().map(|row| key::<E>(row, backend)).collect();
    let values = set.iter().cloned();
    let mut update = Query::update()
        .table(E::default().table_ref())
        .values(values.map(|(column, value)| (column, column.save_as(Expr::val(value)))))
        .cond_where(with_keys::<E>(&keys))
        .to_owned();
    if let Some(announcing) = later::announcing(backend, &connection.awaited) {
        update.returning(announcing);
    }
    let columns = set.iter().map(|(column, _)| *column).collect();
    let json = texts::<E, T>(connection, rows, columns).await?;
    let updated = connection.execute(&update).await.map_err(failed::<E>)?;
    check_count::<E>(updated.rows_affected(), rows.len())?;

    let mut stored = stored::<E, T>(connection, &keys).await?;
    let mut entries = Vec::new();
    for (before, key) in rows.iter().zip(keys) {
        let after = stored.remove(&entity_id_of::<E>(key, backend));
        let after = after.ok_or_else(key_changed)?;
        check_stored::<E>(set, &after)?;
        let changes =
            Changes::updated_values::<E>(|column| before.get(column), |column| after.get(column));
        if !changes.is_empty() {
            let changes = json.told::<E>(before, changes, backend);
            entries.push(entry_of::<E>("UPDATE", before, &changes, backend));
        }
    }
    write_all(&entries, &connection.target()).await?;
    Ok(entries.len() as u64)
}
