//! The schema of the log: tables, triggers and view, and their installation.
//!
//! [`install`] creates it when a program starts. `migrations` (feature `migration`) do the same in a `Migrator`, and
//! [`statements`] returns the SQL.
//!
//! | | |
//! |---|---|
//! | `audit_log` | the entries, see [`audit_log::Model`](crate::audit_log::Model) |
//! | `audit_entries` | a view of all its columns and three more: `before` and `after` are JSON objects, field → value; `diff` is a JSON array of `{"field":"role","before":"user","after":"admin"}`, by field (on MySQL: by the length of its name first) |
//! | `audit_log_version` | the versions of this schema that were installed |
//!
//! A [`guard`] on an entity's table refuses or records changes that bypass this library. Its notes are in
//! `audit_guard_pending`, on PostgreSQL until their transaction ends.
//!
//! [`Entities`] is the list of an application's audited entities, for guards and the [`doctor`], which examines a
//! live database and says what endangers the log.
//!
//! Optional indexes support further queries: see [`Index`].
//!
//! # What is refused, and what cannot be
//!
//! Triggers refuse any change or deletion of an entry:
//!
//! | | PostgreSQL | MySQL, MariaDB | SQLite |
//! |---|---|---|---|
//! | `UPDATE`, `DELETE`, upsert, `REPLACE` | refused, also where `session_replication_role` is `replica` | refused | refused |
//! | `TRUNCATE` | refused | **passes unseen**: do not grant `DROP` | there is none |
//! | a `recorded_at` of the writer's own | by the [`grants`] | overwritten | passes |
//! | dropping a trigger or the table | the owner can | whoever has `TRIGGER` or `DROP` can | whoever can write to the file can |
//!
//! So the application should not connect as the owner of the log. [`grants`] returns the statements for owner, writers,
//! readers and purgers. On MySQL and MariaDB, an application's account must not have `DROP`, `ALTER` and `TRIGGER` on the
//! database.
//!
//! SQLite has no accounts; the permissions of the file are the only protection.
//!
//! `recorded_at` comes from the server's clock, which `SET timestamp` does not touch unless it runs with `--sysdate-is-now`.
//! It is UTC. Only where a MySQL or MariaDB session gave itself a zone that sets its clocks back (SQLx's sessions run in
//! UTC) can it be an hour off, during that one hour.
//!
//! With `binlog_format=STATEMENT` the server warns at every write: its clock, which no session can set, is not the
//! replica's. Use `ROW` or `MIXED`.
//!
//! With a binary log, which MySQL has by default, either may want `log_bin_trust_function_creators` before it lets an account create triggers.

mod append_only;
pub(crate) mod collation;
mod definition;
pub mod doctor;
#[cfg(feature = "migration")]
mod drop;
mod encoding;
mod entities;
#[cfg(feature = "feed")]
mod feed;
pub(crate) mod generated;
mod grants;
pub mod guard;
mod hidden;
pub(crate) mod id_part;
mod index;
mod installed;
pub(crate) mod lock;
#[cfg(feature = "migration")]
mod migration;
mod privilege;
pub(crate) mod purge_only;
#[cfg(feature = "entity-registry")]
mod registry;
#[cfg(feature = "archive")]
pub(crate) mod restored;
mod tables;
mod view;
mod warnings;

use sea_orm::{ConnectionTrait, TransactionTrait};

use crate::Error;
pub use crate::dialect::Dialect;
pub(crate) use doctor::installed_guard;
pub use entities::{AuditedTable, Entities, TableColumn, install_guards, remove_guards};
#[cfg(all(feature = "feed", feature = "migration"))]
pub use feed::feed_migrations;
#[cfg(feature = "feed")]
pub use feed::{feed_statements, install_feed};
pub use grants::{Roles, grants};
#[cfg(feature = "migration")]
pub use guard::guard_migration;
pub use guard::{GuardMode, collect, guard_statements, install_guard, remove_guard};
pub(crate) use index::has_index;
pub use index::{Index, create_index};
use installed::State;
#[cfg(feature = "migration")]
pub use migration::migrations;
#[cfg(feature = "entity-registry")]
#[doc(hidden)]
pub use registry::Registration;
#[cfg(feature = "entity-registry")]
pub(crate) use registry::{know_registered, unlisted};

/// Installs the audit log, unless it is there already.
///
/// Call it at every start: where all is in place it only reads, which needs no right but to read.
/// It also checks the columns of the log and the triggers that protect it, and creates a trigger again that is missing,
/// disabled or changed. MySQL and MariaDB show triggers only to accounts that may create them.
/// It logs a warning (`tracing`) if a setting of this session endangers the log: `extra_float_digits` below 1,
/// `autocommit` off, `binlog_format=STATEMENT`; and one if this account owns the log, see [`grants`].
/// Any number of processes may call it at once, and where an earlier call was cut short the next one finishes it.
/// It looks where the connection's `search_path` or database leads, and creates where an unqualified name would be created.
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
/// - [`Error::ForeignTable`]: there is a table or view of the same name that is something else. Nothing was changed.
/// - [`Error::LogHidden`]: a temporary table or view of this connection has the name of the log. Nothing was changed.
/// - [`Error::DifferentColumns`]: `audit_log` was created by something else, such as SeaORM's schema sync. Nothing was changed.
/// - [`Error::HiddenColumns`]: MySQL or MariaDB hides columns of the log from this account, and it may not read
///   `audit_log_version` either. With `SELECT` on that table its version is believed.
/// - [`Error::NotAppendOnly`]: a trigger that protects the log is missing, disabled or changed, and this account
///   may not create it. With an account that may, `install` creates it again.
/// - [`Error::NotUtf8`]: a PostgreSQL database in another encoding. Nothing was changed.
/// - [`Error::NewerSchema`]: a later version of this crate has been here.
/// - [`Error::Database`]: anything else the database refused, such as an account that may not create tables.
pub async fn install<C>(db: &C) -> Result<(), Error>
where
    C: ConnectionTrait + TransactionTrait + Clone + Send + 'static,
{
    encoding::check(db).await?;
    warnings::warn(db).await?;
    let state = installed::state(db).await?;
    if state == State::Complete {
        return warnings::warn_of_owner(db).await;
    }
    let created = lock::exclusively(db, |transaction| Box::pin(create(transaction))).await;
    match (created, state) {
        // SQLite refuses a transaction that is to write before there is a statement to refuse.
        (Err(Error::Database(source)), State::Unprotected(triggers)) if !source.is_retryable() => {
            Err(Error::NotAppendOnly { triggers, source })
        }
        (created, _) => created,
    }?;
    warnings::warn_of_owner(db).await
}

/// All that [`install`] runs, in order, one statement a string.
///
/// Each may run again: what exists is left alone, or replaced by the same.
/// Run as they are, they neither wait for another installation nor look for a foreign table.
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
    statements.extend(installed::statements(dialect));
    statements
}

/// Creates what is missing. The caller holds the lock.
async fn create<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    encoding::check(db).await?;
    let dialect = Dialect::of(db).await?;
    if installed::state(db).await? == State::Incomplete {
        for statement in statements(dialect) {
            db.execute_unprepared(&statement).await?;
        }
    }
    // What exists was left alone, whatever it does: a view on SQLite, a trigger on MySQL, MariaDB and SQLite.
    match installed::state(db).await? {
        State::Unprotected(triggers) => append_only::repair(db, dialect, triggers).await,
        State::Complete | State::Incomplete => Ok(()),
    }
}
