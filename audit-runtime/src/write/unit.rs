//! A unit: a transaction that this library owns, from `begin` or `adopt` to `commit`.

use std::{fmt, ops::Deref};

use futures_util::lock::{Mutex, MutexGuard};
use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    StatementBuilder,
};
use uuid::Uuid;

#[cfg(any(feature = "feed", feature = "retention"))]
use super::engine_event::EngineEvent;
use super::{
    Event,
    connection::UnitConnection,
    counted,
    event::{self, OutlivingEvents, RawSql},
    observed::{self, observed},
    operation::Operation,
    run::Run,
    transaction::Transaction,
    unmarked::Unmarked,
};
use crate::Error;
use crate::audit_log::Outcome;
use crate::pending::Pending;

/// A transaction with one changeset, for several writes.
///
/// It is also a SeaORM connection: queries through it see the unit's own writes. After an operation or a statement
/// failed or was interrupted, the unit refuses to continue and to commit. A dropped unit is rolled back. If it has
/// written and nothing failed, it also logs a warning (`tracing`), because a `commit` or `rollback` may be missing.
///
/// A plain write through it to the table of an audited entity leaves no entry and logs a warning (`tracing`), unless
/// the unit is [marked](Self::raw_sql).
///
/// Operations on one unit run one after another, so that each sees the result of the previous one.
///
/// ```
#[doc = include_str!("../guide/example.txt")]
/// let unit = audit.begin().await?;
/// unit.update(ann.id, user::Patch::new().role("admin")).await?;
/// let bob = unit.insert(user::Draft::new().name("bob").role("user")).await?;
/// // A refusal leaves the unit as it is; any other error fails it.
/// let refused = unit.update(9, user::Patch::new().role("admin")).await.unwrap_err();
/// assert!(matches!(refused, Error::NotFound { .. }));
/// let changeset = unit.changeset_id();
/// unit.commit().await?;
///
/// let entries = History::all().changeset(changeset).first_page(&db, 10).await?.entries;
/// assert_eq!(entries.len(), 2);
/// assert_eq!(entries[1].to_string(), "Admin 'jane.doe' created User 'bob' with name 'bob' and role 'user'");
/// # Ok(())
/// # }
/// ```
#[must_use = "a unit that is dropped is rolled back"]
pub struct Unit<T: Transaction = DatabaseTransaction> {
    // Declared before `outliving`, because the transaction must have ended when those events are written.
    connection: UnitConnection<T>,
    turn: Mutex<()>,
    outliving: OutlivingEvents<T::Pool>,
    unmarked: Unmarked,
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
            unmarked: Unmarked::default(),
        }
    }

    /// Returns the changeset of the unit, which all its entries share.
    pub fn changeset_id(&self) -> Uuid {
        self.connection.changeset_id
    }

    /// Marks the unit for changes by plain SeaORM or raw SQL. Later changes through its connection, in tables with a
    /// [guard](crate::schema::guard), are recorded with the unit's actor, its changeset and this reason.
    ///
    /// Use it for call sites that do not use this library yet, and for backfills. The mark itself is an event, RAW_SQL.
    /// On SQLite, MySQL and MariaDB those entries are written before the next one of the same row, or by
    /// [`commit`](Self::commit).
    ///
    /// # Errors
    ///
    /// A database error.
    pub async fn raw_sql(&self, reason: impl Into<String>) -> Result<(), Error> {
        let reason = reason.into();
        self.operate(RawSql { reason }).await?;
        self.unmarked.mark();
        Ok(())
    }

    /// Records an event about the log, and returns the id of its entry.
    #[cfg(any(feature = "feed", feature = "retention"))]
    pub(crate) async fn record_of_engine(&self, event: EngineEvent) -> Result<i64, Error> {
        self.operate(event).await
    }

    /// The table of the log, with its schema if an operation has found it.
    #[cfg(feature = "retention")]
    pub(crate) fn log_table(&self) -> sea_orm::sea_query::TableRef {
        self.connection.log_table()
    }

    /// Commits the unit.
    ///
    /// # Errors
    ///
    /// [`Error::UnitFailed`] if an operation failed or was interrupted, [`Error::CommitUnknown`] if the reply was lost,
    /// or a database error. Nothing of the unit is kept, except possibly after `CommitUnknown`.
    /// [`Error::EventNotWritten`] says whether the unit was committed.
    pub async fn commit(self) -> Result<(), Error> {
        let result = self.connection.commit().await;
        if matches!(result, Err(Error::CommitUnknown { .. })) {
            counted::unknown_commit();
        }
        let written = self.outliving.write(result.is_ok()).await;
        result.and(written)
    }

    /// Rolls back the unit, and writes its denied and failed events.
    ///
    /// # Errors
    ///
    /// [`Error::EventNotWritten`].
    pub async fn rollback(self) -> Result<(), Error> {
        self.connection.rollback().await;
        self.outliving.write(false).await
    }

    fn operate<O: Operation>(&self, operation: O) -> Pending<'_, O::Output> {
        let subject = operation.subject();
        let write = Box::pin(async move {
            observed::changeset(self.changeset_id());
            event::check_actor(&self.connection.context)?;
            let connection = self.in_turn().await?;
            connection.keep_to_log().await?;
            let step = connection.step()?;
            let result = operation.run(*connection).await;
            if result.as_ref().err().is_none_or(Error::is_refusal) {
                connection.withdraw_announcement().await?;
                step.done();
            }
            result
        });
        observed(subject, write)
    }

    /// Waits for the unit's connection, for a statement of other code.
    async fn shared(&self) -> Result<Turn<'_, T>, Error> {
        self.connection.share();
        self.in_turn().await
    }

    /// Waits for the unit's connection.
    async fn in_turn(&self) -> Result<Turn<'_, T>, Error> {
        let turn = self.turn.lock().await;
        self.connection.prove().await?;
        Ok(Turn(&self.connection, turn))
    }
}

/// The transaction, if no statement is using it.
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
    type Reader = Self;

    fn reader(&self) -> &Self {
        self
    }

    fn run<O: Operation>(&self, operation: O) -> Pending<'_, O::Output> {
        self.operate(operation)
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
        self.unmarked.look(&statement.sql);
        self.shared().await?.execute_raw(statement).await
    }

    async fn execute<S: StatementBuilder>(&self, statement: &S) -> Result<ExecResult, DbErr> {
        self.unmarked.look_at(statement, self);
        self.shared().await?.execute(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.unmarked.look(sql);
        self.shared().await?.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.unmarked.look(&statement.sql);
        self.shared().await?.query_one_raw(statement).await
    }

    async fn query_one<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Option<QueryResult>, DbErr> {
        self.unmarked.look_at(statement, self);
        self.shared().await?.query_one(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.unmarked.look(&statement.sql);
        self.shared().await?.query_all_raw(statement).await
    }

    async fn query_all<S: StatementBuilder>(
        &self,
        statement: &S,
    ) -> Result<Vec<QueryResult>, DbErr> {
        self.unmarked.look_at(statement, self);
        self.shared().await?.query_all(statement).await
    }

    fn support_returning(&self) -> bool {
        self.connection.support_returning()
    }
}
