//! A unit: a transaction this library owns, from `begin` or `adopt` to `commit`.

use std::{
    fmt,
    sync::atomic::{AtomicBool, Ordering},
};

use futures_util::lock::Mutex;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, Statement, StatementBuilder, TransactionSession,
};
use uuid::Uuid;

use super::{
    Audit, AuditConnection, Event, Outcome, Pending,
    connection::UnitConnection,
    event::{self, OutlivingEvents},
    operation::Operation,
    sealed::Run,
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
    connection: UnitConnection<T>,
    turn: Mutex<()>,
    unproven: AtomicBool,
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

impl<T: Transaction> Unit<T> {
    pub(super) fn new(transaction: T, audit: Audit<'_, T::Pool>) -> Self {
        let connection = UnitConnection::new(transaction, audit.context.clone());
        Self {
            outliving: OutlivingEvents::new(
                audit.connection.clone(),
                audit.context.clone(),
                connection.changeset_id,
            ),
            connection,
            turn: Mutex::new(()),
            unproven: AtomicBool::new(false),
        }
    }

    pub(super) fn adopted(transaction: T, audit: Audit<'_, T::Pool>) -> Self {
        Self {
            unproven: AtomicBool::new(true),
            ..Self::new(transaction, audit)
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
        let proven = self.prove().await;
        let Self {
            connection,
            outliving,
            ..
        } = self;
        let result = match proven {
            Ok(()) => connection.commit().await,
            Err(error) => {
                connection.rollback().await;
                Err(error)
            }
        };
        let written = outliving.write(result.is_ok()).await;
        result.and(written)
    }

    /// Rolls back all of it but the denied and failed events, which are written now.
    ///
    /// # Errors
    ///
    /// [`Error::EventNotWritten`].
    pub async fn rollback(self) -> Result<(), Error> {
        let Self {
            connection,
            outliving,
            ..
        } = self;
        connection.rollback().await;
        outliving.write(false).await
    }

    async fn prove(&self) -> Result<(), Error> {
        if self.unproven.swap(false, Ordering::AcqRel) {
            self.connection.check_open().await?;
        }
        Ok(())
    }

    async fn run_step<O: Operation>(&self, operation: O) -> Result<O::Output, Error> {
        event::check_actor(&self.connection.context)?;
        let _turn = self.turn.lock().await;
        self.prove().await?;
        let step = self.connection.step()?;
        let result = operation.run(&self.connection).await;
        if result.as_ref().err().is_none_or(Error::is_refusal) {
            step.done();
        }
        result
    }
}

impl<T: Transaction> Run for Unit<T> {
    fn run<O: Operation>(&self, operation: O) -> Pending<'_, O::Output> {
        Box::pin(self.run_step(operation))
    }

    fn write_event(&self, event: Event) -> Pending<'_, ()> {
        Box::pin(async move {
            let outcome = event.outcome();
            let entry = event.into_entry(&self.connection.context, self.get_database_backend())?;
            if outcome == Outcome::Success {
                self.run_step(entry).await
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

/// Forwards to the connection inside, one statement or operation at a time.
macro_rules! in_turn {
    ($unit:ident, $call:expr) => {{
        let _turn = $unit.turn.lock().await;
        $unit.prove().await?;
        $call.await
    }};
}

#[sea_orm::prelude::async_trait::async_trait]
impl<T: Transaction> ConnectionTrait for Unit<T> {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        in_turn!(self, self.connection.execute_raw(statement))
    }

    async fn execute<S: StatementBuilder>(&self, statement: &S) -> Result<ExecResult, DbErr> {
        in_turn!(self, self.connection.execute(statement))
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        in_turn!(self, self.connection.execute_unprepared(sql))
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        in_turn!(self, self.connection.query_one_raw(statement))
    }

    async fn query_one<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Option<QueryResult>, DbErr> {
        in_turn!(self, self.connection.query_one(statement))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        in_turn!(self, self.connection.query_all_raw(statement))
    }

    async fn query_all<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Vec<QueryResult>, DbErr> {
        in_turn!(self, self.connection.query_all(statement))
    }

    fn support_returning(&self) -> bool {
        self.connection.support_returning()
    }
}
