//! The connection inside a unit: what the engine, the user's hooks and the user's own statements go through.

use std::sync::atomic::{AtomicBool, Ordering};

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, StatementBuilder,
};
use uuid::Uuid;

use super::{liveness, unit::Transaction};
use crate::{AuditContext, Error, error};

/// A transaction that remembers whether anything in it failed or was interrupted, and then refuses to go on:
/// PostgreSQL answers a commit of a failed transaction with Ok and keeps nothing,
/// MySQL and SQLite go on in autocommit after errors that end the transaction.
#[derive(Debug)]
pub struct UnitConnection<T> {
    transaction: T,
    pub(super) context: AuditContext,
    pub(super) changeset_id: Uuid,
    failed: AtomicBool,
    /// Whether somebody else had the transaction before, and may have ended it.
    unproven: AtomicBool,
}

/// Fails the unit when dropped before [`done`](Step::done): by an error, a panic or a dropped future.
pub(super) struct Step<'a>(Option<&'a AtomicBool>);

impl Step<'_> {
    pub(super) fn done(mut self) {
        self.0 = None;
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        if let Some(failed) = self.0 {
            failed.store(true, Ordering::Release);
        }
    }
}

impl<T: Transaction> UnitConnection<T> {
    pub(super) fn new(transaction: T, context: AuditContext) -> Self {
        Self {
            transaction,
            context,
            changeset_id: Uuid::now_v7(),
            failed: AtomicBool::new(false),
            unproven: AtomicBool::new(false),
        }
    }

    pub(super) fn adopted(transaction: T, context: AuditContext) -> Self {
        Self {
            unproven: AtomicBool::new(true),
            ..Self::new(transaction, context)
        }
    }

    pub(super) fn step(&self) -> Result<Step<'_>, Error> {
        if self.failed.load(Ordering::Acquire) {
            return Err(Error::UnitFailed);
        }
        Ok(Step(Some(&self.failed)))
    }

    pub(super) async fn commit(self) -> Result<(), Error> {
        if let Err(error) = self.check_whole().await {
            self.rollback().await;
            return Err(error);
        }
        let changeset_id = self.changeset_id;
        self.transaction.commit().await.map_err(|source| {
            if error::is_certainly_uncommitted(&source) {
                source.into()
            } else {
                Error::CommitUnknown {
                    changeset_id,
                    source: source.into(),
                }
            }
        })
    }

    /// Rolls back. If even that fails the connection is gone, and its transaction with it.
    pub(super) async fn rollback(self) {
        if let Err(error) = self.transaction.rollback().await {
            tracing::debug!(%error, "rollback failed");
        }
    }

    /// Proves, once, that an adopted transaction is open.
    pub(super) async fn prove(&self) -> Result<(), Error> {
        if self.unproven.swap(false, Ordering::AcqRel) {
            let step = self.step()?;
            if !liveness::is_open(&self.transaction).await? {
                return Err(Error::TransactionEnded);
            }
            step.done();
        }
        Ok(())
    }

    async fn check_whole(&self) -> Result<(), Error> {
        self.prove().await?;
        self.step()?.done();
        Ok(())
    }

    /// Runs a statement; if the statement may end the transaction, between a savepoint and its release.
    async fn guarded<R>(
        &self,
        may_end: bool,
        statement: impl Future<Output = Result<R, DbErr>> + Send,
    ) -> Result<R, DbErr> {
        let step = self.step()?;
        if may_end {
            liveness::mark(&self.transaction).await?;
        }
        let result = statement.await?;
        if may_end && !liveness::is_marked(&self.transaction).await {
            return Err(Error::TransactionEnded.into());
        }
        step.done();
        Ok(result)
    }

    fn may_end(&self, sql: &str) -> bool {
        liveness::may_end_transaction(self.get_database_backend(), sql)
    }
}

#[sea_orm::prelude::async_trait::async_trait]
impl<T: Transaction> ConnectionTrait for UnitConnection<T> {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let may_end = self.may_end(&statement.sql);
        self.guarded(may_end, self.transaction.execute_raw(statement))
            .await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.guarded(self.may_end(sql), self.transaction.execute_unprepared(sql))
            .await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let may_end = self.may_end(&statement.sql);
        self.guarded(may_end, self.transaction.query_one_raw(statement))
            .await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let may_end = self.may_end(&statement.sql);
        self.guarded(may_end, self.transaction.query_all_raw(statement))
            .await
    }

    // A restricted transaction checks the statement itself, so it must see it before it is text.

    async fn execute<S: StatementBuilder>(&self, statement: &S) -> Result<ExecResult, DbErr> {
        if T::RESTRICTED {
            return self
                .guarded(false, self.transaction.execute(statement))
                .await;
        }
        self.execute_raw(self.get_database_backend().build(statement))
            .await
    }

    async fn query_one<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Option<QueryResult>, DbErr> {
        if T::RESTRICTED {
            return self
                .guarded(false, self.transaction.query_one(statement))
                .await;
        }
        self.query_one_raw(self.get_database_backend().build(statement))
            .await
    }

    async fn query_all<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Vec<QueryResult>, DbErr> {
        if T::RESTRICTED {
            return self
                .guarded(false, self.transaction.query_all(statement))
                .await;
        }
        self.query_all_raw(self.get_database_backend().build(statement))
            .await
    }

    fn support_returning(&self) -> bool {
        self.transaction.support_returning()
    }
}
