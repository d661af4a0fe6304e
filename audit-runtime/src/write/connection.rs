//! The connection of a unit. It records failed and interrupted statements.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU8, Ordering},
};

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, StatementBuilder,
};
use uuid::Uuid;

use super::{
    found_log::{self, FoundLog},
    later::Awaited,
    liveness, notes,
    progress::Progress,
    shield::shielded,
    state::{ENDED, FAILED, SOUND},
    target::Target,
    transaction::Transaction,
};
use crate::{
    AuditContext, Error,
    dialect::Family,
    error::{
        DatabaseError, is_certainly_undone, is_changed_since, is_foreign_key_violation,
        is_unique_violation,
    },
    sendable,
};

/// A transaction that records whether a statement failed or was interrupted, and then refuses to continue. PostgreSQL
/// answers the commit of a failed transaction with success and keeps nothing. MySQL and SQLite continue in autocommit
/// after errors that end the transaction.
#[derive(Debug)]
pub struct UnitConnection<T> {
    // Shared with a statement that runs to completion after its caller was dropped.
    transaction: Arc<T>,
    pub(super) context: AuditContext,
    pub(super) changeset_id: Uuid,
    /// Whether other code had the transaction before, and may have ended it.
    unproven: AtomicBool,
    /// Whether the transaction is for a single write.
    is_own: bool,
    progress: Progress,
    /// Whether the next write is followed by its entry, and a guard has not been told yet.
    unannounced: AtomicBool,
    /// Whether a guard has been told of an entry that has not followed.
    pub(super) awaited: Awaited,
    /// Whether a guard has been told whose the writes without entries are, on any database but PostgreSQL.
    is_marked: AtomicBool,
    /// Whether other code ran statements in the transaction.
    is_shared: AtomicBool,
    log: FoundLog,
}

/// Fails the unit when dropped before [`done`](Step::done): by an error, a panic or a dropped future.
pub(super) struct Step<'a>(Option<&'a AtomicU8>);

impl Step<'_> {
    pub(super) fn done(mut self) {
        self.0 = None;
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        if let Some(state) = self.0 {
            state.fetch_max(FAILED, Ordering::AcqRel);
        }
    }
}

impl<T: Transaction> UnitConnection<T> {
    pub(super) fn new(transaction: T, context: AuditContext) -> Self {
        Self {
            transaction: Arc::new(transaction),
            context,
            changeset_id: Uuid::now_v7(),
            unproven: AtomicBool::new(false),
            is_own: false,
            progress: Progress::of_unit(),
            unannounced: AtomicBool::new(false),
            awaited: Awaited::default(),
            is_marked: AtomicBool::new(false),
            is_shared: AtomicBool::new(false),
            log: FoundLog::default(),
        }
    }

    /// Creates the connection of a single write.
    pub(super) fn own(transaction: T, context: AuditContext) -> Self {
        Self {
            is_own: true,
            progress: Progress::of_write(),
            ..Self::new(transaction, context)
        }
    }

    pub(super) fn adopted(transaction: T, context: AuditContext) -> Self {
        Self {
            unproven: AtomicBool::new(true),
            is_shared: AtomicBool::new(true),
            log: FoundLog::of_somebody_else(),
            ..Self::new(transaction, context)
        }
    }

    pub(super) fn step(&self) -> Result<Step<'_>, Error> {
        match self.progress.state.load(Ordering::Acquire) {
            SOUND => Ok(Step(Some(&self.progress.state))),
            ENDED => Err(Error::TransactionEnded),
            _ => Err(Error::UnitFailed),
        }
    }

    /// The target of the statements of its operations.
    pub(super) fn target(&self) -> Target<'_, Self> {
        Target {
            connection: self,
            is_restricted: T::RESTRICTED,
            is_alone: false,
            context: &self.context,
            changeset_id: self.changeset_id,
            schema: self.log.schema(),
            reverts: None,
            state: Some(&self.progress.state),
            awaited: Some(&self.awaited),
        }
    }

    #[cfg(feature = "retention")]
    pub(super) fn log_table(&self) -> sea_orm::sea_query::TableRef {
        crate::audit_log::table(self.get_database_backend(), self.log.found())
    }

    /// The number of statements that may have changed something.
    pub(super) fn writes(&self) -> usize {
        self.progress.writes.load(Ordering::Acquire)
    }

    /// Whether the transaction was restarted, because the first locking read found a changed row.
    pub(super) async fn has_begun_again(&self, error: &DbErr) -> bool {
        let may = self.is_own && !T::RESTRICTED && self.writes() == 0;
        if !may || !is_changed_since(error) {
            return false;
        }
        let transaction = self.transaction.clone();
        let begin = async move { liveness::begin_again(&*transaction).await };
        let has_begun = shielded(self.get_database_backend(), begin).await.is_ok();
        if has_begun {
            self.progress.state.store(SOUND, Ordering::Release);
        }
        has_begun
    }

    /// Runs an INSERT that a unique constraint may refuse. On databases that roll back only the statement, the unit
    /// continues.
    pub(super) async fn unless_violated<R>(
        &self,
        insert: impl Future<Output = Result<R, DbErr>>,
    ) -> Result<Option<R>, DbErr> {
        self.step()?.done();
        match insert.await {
            Ok(output) => Ok(Some(output)),
            Err(error) if is_unique_violation(&error) => {
                self.progress.state.store(SOUND, Ordering::Release);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn commit(self) -> Result<(), Error> {
        self.progress.end();
        let whole = match self.check_whole().await {
            Ok(()) => self.unmark().await,
            refused => refused,
        };
        if let Err(error) = whole {
            self.rollback().await;
            return Err(error);
        }
        let unaudited = match Family::from(self.get_database_backend()) {
            // It costs a statement, which a write of this library's own does without.
            Family::Sqlite if self.is_shared.load(Ordering::Acquire) => {
                notes::unaudited(&*self.transaction).await
            }
            Family::Sqlite | Family::Postgres | Family::MySql => Ok(None),
        };
        let unaudited = match unaudited {
            Ok(unaudited) => unaudited,
            Err(error) => {
                self.rollback().await;
                return Err(Error::scrubbed(error));
            }
        };
        let Some(transaction) = Arc::into_inner(self.transaction) else {
            return Err(Error::UnitFailed);
        };
        // A deferred constraint may quote any row, so the message is omitted.
        transaction.commit().await.map_err(|source| {
            if is_certainly_undone(&source) {
                let unaudited = unaudited.filter(|_| is_foreign_key_violation(&source));
                return unaudited.unwrap_or_else(|| Error::scrubbed(source));
            }
            Error::CommitUnknown {
                changeset_id: self.changeset_id,
                source: DatabaseError::scrubbed(source),
            }
        })
    }

    /// Rolls back. If that fails, the connection and its transaction are lost.
    pub(super) async fn rollback(self) {
        self.progress.end();
        // Otherwise an interrupted statement still uses it, and it is rolled back when the statement ends.
        if let Some(transaction) = Arc::into_inner(self.transaction)
            && let Err(error) = transaction.rollback().await
        {
            tracing::debug!(error = %DatabaseError::scrubbed(error), "rollback failed");
        }
    }

    /// Verifies once that an adopted transaction is open.
    pub(super) async fn prove(&self) -> Result<(), Error> {
        if self.unproven.swap(false, Ordering::AcqRel) {
            let step = self.step()?;
            if !liveness::is_open(&*self.transaction).await? {
                return Err(self.ended());
            }
            // This adds no round trip to the previous statement.
            if Family::of(self).has_search_path() {
                self.log.find(&*self.transaction).await?;
            }
            step.done();
        }
        Ok(())
    }

    /// Keeps all entries in one log, whatever statements have run in between.
    pub(super) async fn keep_to_log(&self) -> Result<(), Error> {
        let step = self.step()?;
        self.log.keep(&*self.transaction).await?;
        step.done();
        Ok(())
    }

    /// The schema of the unit's log, if it may differ from that of the pool. After a failure, as far as it is known.
    pub(super) async fn schema(&self) -> Option<String> {
        if self.prove().await.is_ok() && self.step().map(Step::done).is_ok() {
            self.log.find_if_other(&*self.transaction).await;
        }
        self.log.found().map(str::to_owned)
    }

    /// Tells a guard whose the writes without entries are, on any database but PostgreSQL; `false` if there is none.
    pub(super) async fn mark(&self, target: &Target<'_, Self>) -> Result<bool, DbErr> {
        let has_guards = notes::mark(target).await?;
        self.is_marked.fetch_or(has_guards, Ordering::AcqRel);
        Ok(has_guards)
    }

    /// A statement of other code comes.
    pub(super) fn share(&self) {
        self.is_shared.store(true, Ordering::Release);
    }

    async fn unmark(&self) -> Result<(), Error> {
        if self.is_marked.swap(false, Ordering::AcqRel) {
            notes::unmark(&*self.transaction, self.log.schema())
                .await
                .map_err(Error::scrubbed)?;
        }
        Ok(())
    }

    async fn check_whole(&self) -> Result<(), Error> {
        self.prove().await?;
        self.step()?.done();
        Ok(())
    }

    fn ended(&self) -> Error {
        self.progress.state.store(ENDED, Ordering::Release);
        Error::TransactionEnded
    }

    /// Runs a statement given as text. If it may end the transaction, it runs between a savepoint and its release.
    async fn run<R: Send + 'static>(
        &self,
        Nature {
            only_reads,
            may_end,
            may_lead_elsewhere,
        }: Nature,
        statement: impl Future<Output = Result<R, DbErr>> + Send + 'static,
    ) -> Result<R, DbErr> {
        let backend = self.get_database_backend();
        let step = self.start(only_reads)?;
        if !only_reads {
            self.announce().await?;
        }
        if may_lead_elsewhere {
            self.log
                .before_leading_elsewhere(&*self.transaction)
                .await?;
        }
        if may_end {
            liveness::mark(&*self.transaction).await?;
        }
        let result = shielded(backend, statement).await;
        // A statement that aborts the transaction takes the mark with it.
        let is_telling = result.is_ok() || !Family::from(backend).aborts_on_error();
        if may_end && is_telling && !liveness::is_marked(&*self.transaction).await {
            return Err(self.ended().into());
        }
        let output = result?;
        step.done();
        Ok(output)
    }

    /// Sets whether the next writes, by a hook, are followed by their entries.
    pub(super) fn entries_come_later(&self, come: bool) {
        let has_guards = Family::of(self).has_guards();
        self.unannounced
            .store(come && has_guards, Ordering::Release);
    }

    /// Announces to a guard, before the first such write, that its entry follows.
    async fn announce(&self) -> Result<(), DbErr> {
        if self.unannounced.swap(false, Ordering::AcqRel) {
            let announcement = self.awaited.announcement();
            self.transaction.query_one(&announcement).await?;
        }
        Ok(())
    }

    /// Withdraws what was announced to a guard and did not follow, at the end of an operation.
    pub(super) async fn withdraw_announcement(&self) -> Result<(), DbErr> {
        self.awaited.withdraw(&*self.transaction).await
    }

    fn nature(&self, sql: &str) -> Nature {
        Nature {
            only_reads: liveness::only_reads(sql),
            may_end: liveness::may_end_transaction(self.get_database_backend(), sql),
            may_lead_elsewhere: found_log::may_lead_elsewhere(self.get_database_backend(), sql),
        }
    }

    fn start(&self, only_reads: bool) -> Result<Step<'_>, Error> {
        let step = self.step()?;
        if !only_reads {
            self.progress.writes.fetch_add(1, Ordering::AcqRel);
        }
        Ok(step)
    }
}

/// Refuses a statement before it is sent. This does not fail the unit.
fn check(statement: &Statement) -> Result<(), DbErr> {
    let values = statement.values.iter().flat_map(|values| &values.0);
    sendable::check(statement.db_backend, values)
}

/// The effects of a statement, by its text.
struct Nature {
    only_reads: bool,
    may_end: bool,
    /// Whether it may change which log the connection finds.
    may_lead_elsewhere: bool,
}

/// A restricted transaction must check the statement before it becomes text. The statement is borrowed, so it cannot
/// run to completion without its caller.
macro_rules! checked {
    ($self:ident, $call:ident, $statement:ident) => {{
        let step = $self.start(false)?;
        $self.announce().await?;
        let output = $self.transaction.$call($statement).await?;
        step.done();
        Ok(output)
    }};
}

#[sea_orm::prelude::async_trait::async_trait]
impl<T: Transaction> ConnectionTrait for UnitConnection<T> {
    fn get_database_backend(&self) -> DbBackend {
        self.transaction.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        check(&statement)?;
        let transaction = self.transaction.clone();
        let nature = self.nature(&statement.sql);
        self.run(
            nature,
            async move { transaction.execute_raw(statement).await },
        )
        .await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let transaction = self.transaction.clone();
        let owned = sql.to_owned();
        self.run(self.nature(sql), async move {
            transaction.execute_unprepared(&owned).await
        })
        .await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        check(&statement)?;
        let transaction = self.transaction.clone();
        let nature = self.nature(&statement.sql);
        self.run(
            nature,
            async move { transaction.query_one_raw(statement).await },
        )
        .await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        check(&statement)?;
        let transaction = self.transaction.clone();
        let nature = self.nature(&statement.sql);
        self.run(
            nature,
            async move { transaction.query_all_raw(statement).await },
        )
        .await
    }

    async fn execute<S: StatementBuilder>(&self, statement: &S) -> Result<ExecResult, DbErr> {
        if T::RESTRICTED {
            check(&self.get_database_backend().build(statement))?;
            return checked!(self, execute, statement);
        }
        self.execute_raw(self.get_database_backend().build(statement))
            .await
    }

    async fn query_one<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Option<QueryResult>, DbErr> {
        if T::RESTRICTED {
            check(&self.get_database_backend().build(statement))?;
            return checked!(self, query_one, statement);
        }
        self.query_one_raw(self.get_database_backend().build(statement))
            .await
    }

    async fn query_all<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Vec<QueryResult>, DbErr> {
        if T::RESTRICTED {
            check(&self.get_database_backend().build(statement))?;
            return checked!(self, query_all, statement);
        }
        self.query_all_raw(self.get_database_backend().build(statement))
            .await
    }

    fn support_returning(&self) -> bool {
        self.transaction.support_returning()
    }
}
