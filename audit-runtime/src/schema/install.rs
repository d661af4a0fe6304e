//! The installation of the log.

use sea_orm::{ConnectionTrait, TransactionTrait};

use super::{
    append_only, encoding,
    installed::{self, State},
    lock, tables, upgrade, version, view, warnings,
};
use crate::{Error, dialect::Dialect};

/// Installs the audit log, unless it exists.
///
/// Call it at every start: if the log is complete, it only reads, and needs only the right to read. It upgrades a log
/// of an earlier version, see [the module](crate::schema#upgrades-in-a-rolling-deployment). An account that may not do
/// that continues with the log as it is, with a warning. It also checks the columns of the log and the triggers that
/// protect it, and recreates a trigger that is missing, disabled or changed. MySQL and MariaDB show triggers only to
/// accounts that may create them. It logs a warning (`tracing`) if a setting of this session endangers the log:
/// `extra_float_digits` below 1, `autocommit` off, `binlog_format=STATEMENT`; and one if this account owns the log, see
/// [`grants`](super::grants). Any number of processes may call it at once. The next call finishes an interrupted one.
/// It uses the connection's `search_path` or database, and creates objects where an unqualified name would be created.
///
/// ```
/// use sea_orm::{ConnectionTrait, Database};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let db = Database::connect("sqlite::memory:").await?;
/// audit_runtime::schema::install(&db).await?;
/// audit_runtime::schema::install(&db).await?;
///
/// db.execute_unprepared(
///     "INSERT INTO audit_log (kind, format, changeset_id, action, outcome, actor_kind, actor_id, timestamp)
///      VALUES (2, 1, x'', 'LOGIN', 'SUCCESS', 'Admin', '7', '2026-11-23T09:19:08.123456+00:00')",
/// )
/// .await?;
/// let refused = db.execute_unprepared("DELETE FROM audit_log").await.unwrap_err();
/// assert!(refused.to_string().contains("audit_log is append-only: DELETE refused"));
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// - [`Error::ForeignTable`]: a table or view of the same name is not of this library. Nothing was changed.
/// - [`Error::LogHidden`]: a temporary table or view of this connection has the name of the log. Nothing was changed.
/// - [`Error::DifferentColumns`]: `audit_log` was created by something else, such as SeaORM's schema sync. Nothing was changed.
/// - [`Error::HiddenColumns`]: MySQL or MariaDB hides columns of the log from this account, and it may not read
///   `audit_log_version` either. With `SELECT` on that table its version is trusted.
/// - [`Error::NotAppendOnly`]: a trigger that protects the log is missing, disabled or changed, and this account
///   may not create it. With an account that may, `install` creates it again.
/// - [`Error::NotUtf8`]: a PostgreSQL database in another encoding. Nothing was changed.
/// - [`Error::NewerSchema`]: a later version of this crate has installed the log, and this one cannot use it.
/// - [`Error::Database`]: anything else the database refused, such as an account that may not create tables.
pub async fn install<C>(db: &C) -> Result<(), Error>
where
    C: ConnectionTrait + TransactionTrait + Clone + Send + 'static,
{
    if let State::Outdated(version) = whole(db).await? {
        upgrade::if_possible(db, version).await?;
    }
    warnings::warn_of_owner(db).await
}

/// Returns the statements of [`install`], in order.
///
/// Each may run again: an existing object is kept, or replaced by the same. They also upgrade a log of an earlier
/// version; on PostgreSQL, writes then wait while an index is created, unlike with
/// [`upgrade_statements`](super::upgrade_statements). They neither wait for another installation nor check for a
/// foreign table.
///
/// ```
/// use audit_runtime::schema::{Dialect, statements};
///
/// let statements = statements(Dialect::Postgres);
/// assert!(statements[0].starts_with(r#"CREATE TABLE IF NOT EXISTS "audit_log""#));
/// ```
pub fn statements(dialect: Dialect) -> Vec<String> {
    let mut statements = tables::statements(dialect);
    statements.extend(append_only::statements(dialect));
    statements.push(view::statement(dialect));
    statements.extend(version::statements(dialect));
    statements
}

/// Creates missing objects, except those of an upgrade.
pub(super) async fn whole<C>(db: &C) -> Result<State, Error>
where
    C: ConnectionTrait + TransactionTrait + Clone + Send + 'static,
{
    encoding::check(db).await?;
    warnings::warn(db).await?;
    let state = installed::state(db).await?;
    if matches!(state, State::Complete | State::Outdated(_)) {
        return Ok(state);
    }
    let created = lock::exclusively(db, |transaction| Box::pin(create(transaction))).await;
    match (created, state) {
        // SQLite refuses the write transaction, before any statement.
        (Err(Error::Database(source)), State::Unprotected(triggers)) if !source.is_retryable() => {
            Err(Error::NotAppendOnly { triggers, source })
        }
        (created, _) => created,
    }?;
    installed::state(db).await
}

/// Creates missing objects. The caller holds the lock.
pub(super) async fn create<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    encoding::check(db).await?;
    let dialect = Dialect::of(db).await?;
    if installed::state(db).await? == State::Incomplete {
        for statement in statements(dialect) {
            db.execute_unprepared(&statement).await?;
        }
    }
    // An existing object was kept unchecked: a view on SQLite, a trigger on MySQL, MariaDB and SQLite.
    match installed::state(db).await? {
        State::Unprotected(triggers) => append_only::repair(db, dialect, triggers).await,
        State::Complete | State::Outdated(_) | State::Incomplete => Ok(()),
    }
}
