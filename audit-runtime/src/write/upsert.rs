//! A row that may be there already.

use std::ops::ControlFlow;

use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, Condition, ConnectionTrait, DbBackend, DbErr,
    IdenStatic, QueryFilter, QuerySelect, sea_query::LockType,
};

use super::{
    connection::UnitConnection,
    fused::{self, NewValues},
    locked::{self, Expected},
    one::{Update, is_one_statement, key_of, set_values},
    operation::{Alone, Operation},
    refusal::failed,
    row::Updated,
    target::Target,
    transaction::Transaction,
    unique::Alike,
};
use crate::{
    Error,
    audited::entity_type::entity_type,
    audited::{ActiveModelOf, Audited, ColumnOf, ModelOf, NewRow, Patch},
};

/// What became of a row that was to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Upserted<M> {
    /// There was none, and now there is this one.
    Created(M),
    /// There was one, and it was changed to this.
    Updated(M),
    /// There was one, and it stays as it is.
    Unchanged(M),
}

impl<M> Upserted<M> {
    /// The row as it is stored.
    pub fn into_row(self) -> M {
        match self {
            Self::Created(row) | Self::Updated(row) | Self::Unchanged(row) => row,
        }
    }
}

impl<M> From<Updated<M>> for Upserted<M> {
    fn from(updated: Updated<M>) -> Self {
        match updated {
            Updated::Changed(row) => Self::Updated(row),
            Updated::Unchanged(row) => Self::Unchanged(row),
        }
    }
}

pub(super) struct Upsert<E: Audited> {
    row: ActiveModelOf<E>,
    conflict: Vec<ColumnOf<E>>,
    /// What is set in a row that is there; nothing leaves it as it is.
    set: NewValues<E>,
}

/// Others may insert and delete the row in between. The last attempt says what stands in the way.
const ATTEMPTS: usize = 8;

impl<E: Audited> Upsert<E> {
    pub(super) fn new(
        row: impl NewRow<Entity = E>,
        conflict: impl IntoIterator<Item = ColumnOf<E>>,
    ) -> Self {
        Self {
            row: row.into_row(),
            conflict: conflict.into_iter().collect(),
            set: Vec::new(),
        }
    }

    pub(super) fn or_update(self, patch: &impl Patch<Entity = E>) -> Self {
        Self {
            set: set_values(patch),
            ..self
        }
    }

    /// The row that is there, as far as can be seen: one that the database itself would find in conflict.
    async fn find(
        &self,
        connection: &impl ConnectionTrait,
        attempt: usize,
    ) -> Result<Option<ModelOf<E>>, Error> {
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
        let is_met = attempt > 0;
        let has_null = common.iter().any(|(_, value)| !value.is_some());
        // Two NULLs do not conflict, but for an index of PostgreSQL's that says so, which an insert then tells.
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
        if is_met && backend == DbBackend::MySql {
            // Without a lock it goes on reading an older snapshot, which the row in the way is not in.
            row = row.lock(LockType::Update);
        }
        row.one(connection).await.map_err(failed::<E>)
    }

    fn update(&self, row: &ModelOf<E>) -> Update<E> {
        Update {
            id: key_of::<E>(row),
            set: self.set.clone(),
            expected: Expected::Anything,
        }
    }

    fn explain(&self, error: Error) -> Error {
        match &error {
            Error::Database(database) if database.is_no_conflict_target() => Error::NotUnique {
                entity_type: entity_type::<E>().into_owned(),
                columns: self
                    .conflict
                    .iter()
                    .map(|column| column.as_str().to_owned())
                    .collect(),
            },
            _ => error,
        }
    }

    /// What an attempt to insert takes for a conflict.
    fn conflict(&self, attempt: usize) -> &[ColumnOf<E>] {
        let is_last = attempt + 1 == ATTEMPTS;
        if is_last { &[] } else { &self.conflict }
    }
}

impl<E: Audited> Operation for Upsert<E> {
    type Output = Upserted<ModelOf<E>>;

    async fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        for attempt in 0..ATTEMPTS {
            if let Some(row) = self.find(connection, attempt).await? {
                if self.set.is_empty() {
                    return Ok(Upserted::Unchanged(row));
                }
                match self.update(&row).perform(connection).await {
                    Err(Error::NotFound { .. }) => continue,
                    updated => return updated.map(Upserted::from),
                }
            }
            let (row, conflict) = (self.row.clone(), self.conflict(attempt));
            let inserted = locked::insert::<E, T>(connection, row, conflict, None).await;
            if let Some(row) = inserted.map_err(|error| self.explain(error))? {
                return Ok(Upserted::Created(row));
            }
        }
        Err(failed::<E>(DbErr::RecordNotInserted))
    }

    /// Two statements, and only one of them writes.
    async fn run_alone<C: ConnectionTrait>(self, target: &Target<'_, C>) -> Alone<Self> {
        if !is_one_statement::<E>(target) {
            return ControlFlow::Continue(self);
        }
        ControlFlow::Break(self.fused(target).await)
    }
}

impl<E: Audited> Upsert<E> {
    async fn fused<C: ConnectionTrait>(
        &self,
        target: &Target<'_, C>,
    ) -> Result<Upserted<ModelOf<E>>, Error> {
        for attempt in 0..ATTEMPTS {
            if let Some(row) = self.find(target.connection, attempt).await? {
                if self.set.is_empty() {
                    return Ok(Upserted::Unchanged(row));
                }
                match self.update(&row).fused(target).await {
                    ControlFlow::Break(Err(Error::NotFound { .. })) => continue,
                    ControlFlow::Break(updated) => return updated.map(Upserted::from),
                    ControlFlow::Continue(_) => return Ok(Upserted::Unchanged(row)),
                }
            }
            let values = vec![fused::values_of::<E>(&self.row)];
            let conflict = self.conflict(attempt);
            let inserted = fused::insert::<E, C>(target, values, conflict).await;
            let inserted = inserted.map_err(|error| self.explain(error))?;
            if let Some(row) = inserted.into_iter().next() {
                return Ok(Upserted::Created(row));
            }
        }
        Err(failed::<E>(DbErr::RecordNotInserted))
    }
}
