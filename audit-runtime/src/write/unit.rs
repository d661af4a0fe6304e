//! A unit: a transaction that this library owns, from `begin` or `adopt` to `commit`.

use std::{fmt, ops::Deref};

use futures_util::lock::{Mutex, MutexGuard};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    StatementBuilder,
};
use uuid::Uuid;

use super::{
    Event,
    connection::UnitConnection,
    event::{self, OutlivingEvents, RawSql},
    operation::Operation,
    sealed::Run,
    transaction::Transaction,
};
use crate::Error;
use crate::audit_log::Outcome;
use crate::pending::Pending;

/// Many writes in one transaction and one changeset.
///
/// It is a SeaORM connection too: queries through it see the unit's own writes. A unit in which an operation
/// or a statement failed or was interrupted refuses to go on and to commit. Dropped, it is rolled back.
///
/// Operations on one unit take turns, so that each sees the row the one before left.
#[must_use = "a unit that is dropped is rolled back"]
pub struct Unit<T: Transaction = DatabaseTransaction> {
    // Before `outliving`: the transaction must be over when those events are written.
    connection: UnitConnection<T>,
    turn: Mutex<()>,
    outliving: OutlivingEvents<T::Pool>,
}

impl<T: Transaction> Unit<T> {
    pub(super) fn new(connection: UnitConnection<T>, pool: &T::Pool) -> Self {
        Self {
            outliving: OutlivingEvents::new(
                pool.clone(),
                connection.context.clone(),
                connection.changeset_id,
            ),
            connection,
            turn: Mutex::default(),
        }
    }

    /// The id that all entries of this unit share.
    pub fn changeset_id(&self) -> Uuid {
        self.connection.changeset_id
    }

    /// Marks the unit: what plain SeaORM or raw SQL changes from now on through its connection, in tables with a
    /// [guard](crate::schema::guard), is recorded as of the unit's actor, in its changeset and with this reason.
    ///
    /// It is the way in for a service whose call sites are not yet changed, and for backfills. The mark itself is an
    /// event, RAW_SQL.
    ///
    /// # Errors
    ///
    /// [`Error::GuardUnsupported`] if this is not PostgreSQL, or what the database says.
    pub async fn raw_sql(&self, reason: impl Into<String>) -> Result<(), Error> {
        let reason = reason.into();
        self.operate(RawSql { reason }).await
    }

    /// Commits all of it.
    ///
    /// # Errors
    ///
    /// [`Error::UnitFailed`] if an operation failed or was interrupted, [`Error::CommitUnknown`] if the reply
    /// was lost, or what the database says; nothing of the unit is kept but for `CommitUnknown`.
    /// [`Error::EventNotWritten`] says itself whether the unit was committed.
    pub async fn commit(self) -> Result<(), Error> {
        let result = self.connection.commit().await;
        let written = self.outliving.write(result.is_ok()).await;
        result.and(written)
    }

    /// Rolls back all of it but the denied and failed events, which are written now.
    ///
    /// # Errors
    ///
    /// [`Error::EventNotWritten`].
    pub async fn rollback(self) -> Result<(), Error> {
        self.connection.rollback().await;
        self.outliving.write(false).await
    }

    async fn operate<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        event::check_actor(&self.connection.context)?;
        let connection = self.in_turn().await?;
        connection.keep_to_log().await?;
        let step = connection.step()?;
        let result = operation.run(*connection).await;
        if result.as_ref().err().is_none_or(Error::is_refusal) {
            step.done();
        }
        result
    }

    /// The connection, when it is its turn.
    async fn in_turn(&self) -> Result<Turn<'_, T>, Error> {
        let turn = self.turn.lock().await;
        self.connection.prove().await?;
        Ok(Turn(&self.connection, turn))
    }
}

/// The connection inside, while nobody else has it.
struct Turn<'a, T>(
    &'a UnitConnection<T>,
    #[expect(dead_code)] MutexGuard<'a, ()>,
);

impl<'a, T> Deref for Turn<'a, T> {
    type Target = &'a UnitConnection<T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T: Transaction> Run for Unit<T> {
    fn run<O: Operation>(&self, operation: O) -> Pending<'_, O::Output> {
        Box::pin(self.operate(operation))
    }

    fn write_event(&self, event: Event) -> Pending<'_, ()> {
        Box::pin(async move {
            let outcome = event.outcome();
            let entry = event.into_entry(&self.connection.context, self.get_database_backend())?;
            if outcome == Outcome::Success {
                self.operate(entry).await
            } else {
                let turn = self.turn.lock().await;
                let schema = self.connection.schema().await;
                drop(turn);
                self.outliving.push(entry, schema);
                Ok(())
            }
        })
    }
}

impl<T: Transaction> fmt::Debug for Unit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unit")
            .field("changeset_id", &self.changeset_id())
            .finish_non_exhaustive()
    }
}

#[sea_orm::prelude::async_trait::async_trait]
impl<T: Transaction> ConnectionTrait for Unit<T> {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.in_turn().await?.execute_raw(statement).await
    }

    async fn execute<S: StatementBuilder>(&self, statement: &S) -> Result<ExecResult, DbErr> {
        self.in_turn().await?.execute(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.in_turn().await?.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.in_turn().await?.query_one_raw(statement).await
    }

    async fn query_one<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Option<QueryResult>, DbErr> {
        self.in_turn().await?.query_one(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.in_turn().await?.query_all_raw(statement).await
    }

    async fn query_all<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Vec<QueryResult>, DbErr> {
        self.in_turn().await?.query_all(statement).await
    }

    fn support_returning(&self) -> bool {
        self.connection.support_returning()
    }
}
