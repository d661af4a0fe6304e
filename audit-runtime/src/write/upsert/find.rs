//! Finds the row that an upsert would conflict with.

use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr,
    IdenStatic, QueryFilter, QuerySelect, QueryTrait, sea_query::LockType,
};

use super::{
    super::{
        refusal::failed,
        row::read,
        unique::{Alike, reads_committed},
    },
    Upsert,
};
use crate::{Error, audited::Audited, sendable, stored_row::StoredRow};

impl<E: Audited> Upsert<E> {
    /// The existing row that the database would find in conflict, if it is visible.
    pub(super) async fn find(
        &self,
        connection: &impl ConnectionTrait,
        attempt: usize,
        is_alone: bool,
    ) -> Result<Option<StoredRow<E>>, Error> {
        let backend = connection.get_database_backend();
        if self.conflict.is_empty() {
            let ctx = "a row that may be there already is found by at least one column";
            return Err(failed::<E>(DbErr::Custom(ctx.to_owned())));
        }
        let mut common = Vec::new();
        let mut condition = Condition::all();
        for column in &self.conflict {
            let (ActiveValue::Set(value) | ActiveValue::Unchanged(value)) = self.row.get(*column)
            else {
                let column = column.as_str().to_owned();
                return Err(failed::<E>(DbErr::AttrNotSet(column)));
            };
            condition = condition.add(if value.is_some() {
                column.eq(value.clone())
            } else {
                column.is_null()
            });
            common.push((*column, value));
        }
        let values = common.iter().map(|(_, value)| value);
        sendable::check(backend, values).map_err(failed::<E>)?;
        let is_met = attempt > 0;
        let has_null = common.iter().any(|(_, value)| !value.is_some());
        // NULLs conflict only under a PostgreSQL index with NULLS NOT DISTINCT, which a refused insert reveals.
        if has_null && (!is_met || backend != DbBackend::Postgres) {
            return Ok(None);
        }
        let alike = Alike::<E> {
            columns: &common,
            is_met,
        };
        let mut row = E::find()
            .filter(condition)
            .filter(alike.are_unique(backend));
        if backend == DbBackend::MySql {
            // An unchanged row is returned, so it must be committed.
            let is_result = self.set.is_empty();
            if is_met && (is_result || !is_alone) {
                // Without a lock, a unit reads an older snapshot, which does not contain the conflicting row.
                row = row.lock(LockType::Update);
            } else if is_result {
                row = row.filter(reads_committed());
            }
        }
        let question = row.limit(1).into_query();
        let rows = read::<E>(connection.query_all(&question).await)?;
        Ok(rows.into_iter().next())
    }
}
