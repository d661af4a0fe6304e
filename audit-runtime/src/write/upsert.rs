//! Upserts: the insertion of a row that may exist already.

mod find;
mod upserted;

use std::ops::ControlFlow;

use sea_orm::{ActiveModelTrait, ConnectionTrait, DbErr, IdenStatic, sea_query::FromValueTuple};

pub use self::upserted::Upserted;
pub(super) use self::upserted::unboxed;
use super::{
    connection::UnitConnection,
    fused,
    locked::{self, Expected},
    one::{Update, is_one_statement, set_values},
    operation::{Alone, Operation},
    refusal::{as_model, failed},
    row::{Row, first},
    subject::Subject,
    target::Target,
    touch,
    transaction::Transaction,
    values::{NewValues, values_of},
};
use crate::{
    Error,
    audited::{ActiveModelOf, Audited, ColumnOf, KeyOf, NewRow, Patch, entity_type::entity_type},
    stored_row::StoredRow,
};

pub(super) struct Upsert<E: Audited> {
    row: Box<ActiveModelOf<E>>,
    conflict: Vec<ColumnOf<E>>,
    /// The values to set in an existing row. If empty, an existing row stays as it is.
    set: NewValues<E>,
    /// The number of failed attempts.
    attempt: usize,
    /// The row that was found before the transaction began.
    found: Option<StoredRow<E>>,
}

/// Other transactions may insert and delete the row between two statements. The last attempt reports the conflict.
const ATTEMPTS: usize = 8;

impl<E: Audited> Upsert<E> {
    pub(super) fn new(
        row: impl NewRow<Entity = E>,
        conflict: impl IntoIterator<Item = ColumnOf<E>>,
    ) -> Self {
        Self {
            row: Box::new(row.into_row()),
            conflict: conflict.into_iter().collect(),
            set: Vec::new(),
            attempt: 0,
            found: None,
        }
    }

    pub(super) fn or_update(self, patch: &impl Patch<Entity = E>) -> Self {
        Self {
            set: set_values(patch),
            ..self
        }
    }

    /// The update of the row that was found. It applies only if the row still has the values by which it was found, because
    /// others may have written meanwhile.
    fn update(&self, row: &StoredRow<E>) -> Update<E> {
        let by = self.conflict.iter().filter_map(|column| {
            let value = self.row.get(*column).into_value();
            value.map(|value| (*column, value))
        });
        let by: NewValues<E> = by.collect();
        let found = by.iter().map(|(column, _)| (*column, row.get(*column)));
        Update {
            id: KeyOf::<E>::from_value_tuple(row.key()),
            set: self.set.clone(),
            expected: Expected::Found(found.collect(), by),
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

    /// The columns of ON CONFLICT in an attempt to insert. The last attempt has none, so that the database reports the
    /// violation.
    fn conflict(&self, attempt: usize) -> &[ColumnOf<E>] {
        let is_last = attempt + 1 == ATTEMPTS;
        if is_last { &[] } else { &self.conflict }
    }
}

impl<E: Audited> Operation for Upsert<E> {
    type Output = Upserted<Row<E>>;

    fn subject(&self) -> Subject {
        Subject::of::<E>("UPSERT")
    }

    async fn run<T: Transaction>(
        self,
        connection: &UnitConnection<T>,
    ) -> Result<Self::Output, Error> {
        for attempt in 0..ATTEMPTS {
            if let Some(row) = self.find(connection, attempt, false).await? {
                if self.set.is_empty() {
                    let backend = connection.get_database_backend();
                    return as_model::<E>(row, backend).map(Upserted::Unchanged);
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

    /// Uses the row that was found before. If another transaction was faster, this one is rolled back and the upsert is
    /// retried: MySQL keeps a lock on the conflicting row, and two transactions that then update it would deadlock.
    async fn run_in_own<T: Transaction>(mut self, connection: &UnitConnection<T>) -> Alone<Self> {
        let result = match self.found.take() {
            Some(row) => {
                let updated = self.update(&row).perform(connection).await;
                updated.map(|updated| Some(updated.into()))
            }
            None => {
                let (row, conflict) = (self.row.clone(), self.conflict(self.attempt));
                let inserted = locked::insert::<E, T>(connection, row, conflict, None).await;
                inserted.map(|row| row.map(Upserted::Created))
            }
        };
        self.attempt += 1;
        let is_met = match &result {
            Ok(upserted) => upserted.is_none(),
            Err(Error::NotFound { .. }) => true,
            Err(error) => error.is_undone_for_others(),
        };
        if is_met && self.attempt < ATTEMPTS {
            return ControlFlow::Continue(self);
        }
        ControlFlow::Break(match result {
            Ok(Some(upserted)) => Ok(upserted),
            Ok(None) | Err(Error::NotFound { .. }) => Err(failed::<E>(DbErr::RecordNotInserted)),
            Err(error) => Err(self.explain(error)),
        })
    }

    /// An upsert is two statements, and only one of them writes. The row is found before the transaction begins. Inside
    /// it, a read without a lock would fix the snapshot on MySQL, and a later change would be an error on MariaDB.
    async fn run_alone<C: ConnectionTrait>(mut self, target: &Target<'_, C>) -> Alone<Self> {
        if is_one_statement::<E>(target) {
            return ControlFlow::Break(self.fused(target).await);
        }
        loop {
            match self.find(target.connection, self.attempt, true).await {
                Ok(Some(row)) if self.set.is_empty() => {
                    let row = as_model::<E>(row, target.connection.get_database_backend());
                    return ControlFlow::Break(row.map(Upserted::Unchanged));
                }
                Ok(row) => {
                    self.found = row;
                    return ControlFlow::Continue(self);
                }
                Err(error) if error.is_undone_for_others() && self.attempt + 1 < ATTEMPTS => {
                    self.attempt += 1;
                }
                Err(error) => return ControlFlow::Break(Err(error)),
            }
        }
    }
}

impl<E: Audited> Upsert<E> {
    async fn fused<C: ConnectionTrait>(
        &self,
        target: &Target<'_, C>,
    ) -> Result<Upserted<Row<E>>, Error> {
        for attempt in 0..ATTEMPTS {
            if let Some(row) = self.find(target.connection, attempt, true).await? {
                let backend = target.connection.get_database_backend();
                if self.set.is_empty() {
                    return as_model::<E>(row, backend).map(Upserted::Unchanged);
                }
                match self.update(&row).fused(target).await {
                    ControlFlow::Break(Err(Error::NotFound { .. })) => continue,
                    ControlFlow::Break(updated) => return updated.map(Upserted::from),
                    ControlFlow::Continue(_) => {
                        return as_model::<E>(row, backend).map(Upserted::Unchanged);
                    }
                }
            }
            let mut row = self.row.clone();
            touch::insert::<E>(&mut row)?;
            let values = vec![values_of::<E>(&row)];
            let conflict = self.conflict(attempt);
            let inserted = fused::insert::<E, C>(target, values, conflict).await;
            let inserted = inserted.map_err(|error| self.explain(error))?;
            if let Some(row) = first(inserted) {
                return Ok(Upserted::Created(row));
            }
        }
        Err(failed::<E>(DbErr::RecordNotInserted))
    }
}
