//! Runs the statements of a unit, and records whether each has succeeded.

use std::sync::atomic::Ordering;

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement, StatementBuilder,
};

use super::{
    super::{found_log, liveness, shield::shielded, transaction::Transaction},
    Step, UnitConnection,
};
use crate::{Error, dialect::Family, sendable};

impl<T: Transaction> UnitConnection<T> {
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
        // A statement that aborts the transaction also removes the mark.
        let is_telling = result.is_ok() || !Family::from(backend).aborts_on_error();
        if may_end && is_telling && !liveness::is_marked(&*self.transaction).await {
            return Err(self.ended().into());
        }
        let output = result?;
        step.done();
        Ok(output)
    }

    /// Announces to a guard, before the first such write, that its entry follows.
    async fn announce(&self) -> Result<(), DbErr> {
        if self.unannounced.swap(false, Ordering::AcqRel) {
            let announcement = self.awaited.announcement();
            self.transaction.query_one(&announcement).await?;
        }
        Ok(())
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

/// Checks a statement before it is sent. A refusal does not fail the unit.
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
