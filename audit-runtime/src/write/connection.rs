//! The connection of a unit. It records failed and interrupted statements.

mod end;
mod statement;

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU8, Ordering},
};

use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::{
    found_log::FoundLog,
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
    error::{is_changed_since, is_unique_violation},
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
    /// Whether the entry of the next write follows it, and has not been announced to a guard yet.
    unannounced: AtomicBool,
    /// The announcement of an entry to a guard.
    pub(super) awaited: Awaited,
    /// Whether the transaction is marked for guards, on any database but PostgreSQL.
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

    /// Restarts the transaction if its first locking read found a changed row, and returns whether it did.
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

    /// Verifies once that an adopted transaction is open.
    pub(super) async fn prove(&self) -> Result<(), Error> {
        if self.unproven.swap(false, Ordering::AcqRel) {
            let step = self.step()?;
            if !liveness::is_open(&*self.transaction).await? {
                return Err(self.ended());
            }
            // Before other statements can change the search path.
            if Family::of(self).has_search_path() {
                self.log.find(&*self.transaction).await?;
            }
            step.done();
        }
        Ok(())
    }

    fn ended(&self) -> Error {
        self.progress.state.store(ENDED, Ordering::Release);
        Error::TransactionEnded
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

    /// Marks the transaction for guards, on any database but PostgreSQL. Returns `false` if there is no guard.
    pub(super) async fn mark(&self, target: &Target<'_, Self>) -> Result<bool, DbErr> {
        let has_guards = notes::mark(target).await?;
        self.is_marked.fetch_or(has_guards, Ordering::AcqRel);
        Ok(has_guards)
    }

    /// Records that other code runs a statement in the transaction.
    pub(super) fn share(&self) {
        self.is_shared.store(true, Ordering::Release);
    }

    /// Sets whether the next writes, by a hook, are followed by their entries.
    pub(super) fn entries_come_later(&self, come: bool) {
        let has_guards = Family::of(self).has_guards();
        self.unannounced
            .store(come && has_guards, Ordering::Release);
    }

    /// Withdraws the announcement of an entry that did not follow, at the end of an operation.
    pub(super) async fn withdraw_announcement(&self) -> Result<(), DbErr> {
        self.awaited.withdraw(&*self.transaction).await
    }
}
