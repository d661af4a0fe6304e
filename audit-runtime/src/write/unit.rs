//! A unit: a transaction this library owns, from `begin` or `adopt` to `commit`.

use std::{fmt, sync::Arc};

use futures_util::lock::Mutex;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement, StatementBuilder, TransactionSession,
};
use uuid::Uuid;

use super::{
    AuditConnection, Event, Outcome, Pending,
    connection::UnitConnection,
    event::{self, OutlivingEvents},
    operation::Operation,
    sealed::Run,
    shield::shielded,
};
use crate::Error;

/// Many writes in one transaction and one changeset.
///
/// It is a SeaORM connection too: queries through it see the unit's own writes. A unit in which an operation
/// or a statement failed or was interrupted refuses to go on and to commit. Dropped, it is rolled back.
///
/// Operations on one unit take turns, so that each sees the row the one before left.
pub struct Unit<T: Transaction = DatabaseTransaction> {
    // Before `outliving`: the transaction must be over when those events are written.
    connection: Arc<UnitConnection<T>>,
    turn: Arc<Mutex<()>>,
    outliving: OutlivingEvents<T::Pool>,
}

/// A transaction that a [`Unit`] can own.
pub trait Transaction: ConnectionTrait + TransactionSession + Send + Sync + 'static {
    #[doc(hidden)]
    type Pool: AuditConnection<Transaction = Self>;
    /// Whether it refuses statements given as text.
    #[doc(hidden)]
    const RESTRICTED: bool;
}

impl Transaction for DatabaseTransaction {
    type Pool = DatabaseConnection;
    const RESTRICTED: bool = false;
}

#[cfg(feature = "rbac")]
impl Transaction for sea_orm::RestrictedTransaction {
    type Pool = sea_orm::RestrictedConnection;
    const RESTRICTED: bool = true;
}

/// Runs `$work` on the connection when it is its turn, to its end where the driver needs that.
macro_rules! in_turn {
    ($unit:ident, |$connection:ident| $work:expr) => {{
        let turn = $unit.turn.clone().lock_owned().await;
        let $connection = $unit.connection.clone();
        let work = async move {
            let result = match $connection.prove().await {
                Ok(()) => $work.await,
                Err(error) => Err(error.into()),
            };
            // In this order: whoever is next must find itself alone.
            drop(($connection, turn));
            result
        };
        shielded($unit.connection.get_database_backend(), work).await?
    }};
}

impl<T: Transaction> Unit<T> {
    pub(super) fn new(connection: UnitConnection<T>, pool: &T::Pool) -> Self {
        Self {
            outliving: OutlivingEvents::new(
                pool.clone(),
                connection.context.clone(),
                connection.changeset_id,
            ),
            connection: Arc::new(connection),
            turn: Arc::default(),
        }
    }

    /// The id that all entries of this unit share.
    pub fn changeset_id(&self) -> Uuid {
        self.connection.changeset_id
    }

    /// Commits all of it.
    ///
    /// # Errors
    ///
    /// [`Error::UnitFailed`] if an operation failed or was interrupted, [`Error::CommitUnknown`] if the reply
    /// was lost, or what the database says; nothing of the unit is kept but for `CommitUnknown`.
    /// [`Error::EventNotWritten`] says itself whether the unit was committed.
    pub async fn commit(self) -> Result<(), Error> {
        let result = match last(self.connection, self.turn).await {
            Some(connection) => connection.commit().await,
            None => Err(Error::UnitFailed),
        };
        let written = self.outliving.write(result.is_ok()).await;
        result.and(written)
    }

    /// Rolls back all of it but the denied and failed events, which are written now.
    ///
    /// # Errors
    ///
    /// [`Error::EventNotWritten`].
    pub async fn rollback(self) -> Result<(), Error> {
        if let Some(connection) = last(self.connection, self.turn).await {
            connection.rollback().await;
        }
        self.outliving.write(false).await
    }

    async fn operate<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        event::check_actor(&self.connection.context)?;
        let step = self.connection.step()?;
        let result = in_turn!(self, |connection| operation.run(&connection));
        if result.as_ref().err().is_none_or(Error::is_refusal) {
            step.done();
        }
        result
    }
}

/// Waits for its turn, after which nobody else has the connection.
async fn last<T>(
    connection: Arc<UnitConnection<T>>,
    turn: Arc<Mutex<()>>,
) -> Option<UnitConnection<T>> {
    turn.lock().await;
    Arc::into_inner(connection)
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
                self.outliving.push(entry);
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
        in_turn!(self, |connection| connection.execute_raw(statement))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let sql = sql.to_owned();
        in_turn!(self, |connection| connection.execute_unprepared(&sql))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        in_turn!(self, |connection| connection.query_one_raw(statement))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        in_turn!(self, |connection| connection.query_all_raw(statement))
    }

    // A restricted transaction must see the statement before it is text, and a borrowed one cannot be shielded.

    async fn execute<S: StatementBuilder>(&self, statement: &S) -> Result<ExecResult, DbErr> {
        if T::RESTRICTED {
            let _turn = self.turn.lock().await;
            return self.connection.execute(statement).await;
        }
        self.execute_raw(self.get_database_backend().build(statement))
            .await
    }

    async fn query_one<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Option<QueryResult>, DbErr> {
        if T::RESTRICTED {
            let _turn = self.turn.lock().await;
            return self.connection.query_one(statement).await;
        }
        self.query_one_raw(self.get_database_backend().build(statement))
            .await
    }

    async fn query_all<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Vec<QueryResult>, DbErr> {
        if T::RESTRICTED {
            let _turn = self.turn.lock().await;
            return self.connection.query_all(statement).await;
        }
        self.query_all_raw(self.get_database_backend().build(statement))
            .await
    }

    fn support_returning(&self) -> bool {
        self.connection.support_returning()
    }
}
