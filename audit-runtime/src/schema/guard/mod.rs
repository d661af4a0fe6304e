//! The guard of an audited entity: triggers that refuse or record what changes its table without an entry.
//!
//! | | `Enforce` | `Capture` |
//! |---|---|---|
//! | a change through this library | passes | passes |
//! | plain SeaORM, raw SQL, a database's own shell, an upsert, a cascade of a foreign key (not on MySQL and MariaDB); on PostgreSQL `COPY`, `MERGE`, `TRUNCATE`, a write to a partition | refused: on PostgreSQL at the end of the statement, with SQLSTATE `UA001`; on SQLite when the transaction commits | recorded, with the database's user as the actor |
//! | the same in a transaction that is marked with [`Unit::raw_sql`](crate::Unit::raw_sql) | recorded as of the mark's actor | recorded as of the mark's actor |
//!
//! On MySQL and MariaDB there is `Capture` alone: nothing of theirs is looked at when a transaction commits, so that nothing
//! could refuse a change there whose entry has not come.
//!
//! Whoever owns the table or is a superuser, or can write to SQLite's file, can drop or disable a trigger, and a statement
//! such as `ALTER TABLE … USING` rewrites rows without one. A partition that is attached later has no guard until it is
//! installed again. Install it again, too, in the migration that renames a table or column, or that changes what is recorded.
//!
//! # On PostgreSQL
//!
//! At the end of each statement a trigger looks for the entries of the rows that changed: those that the same statement
//! wrote. Where the entry comes in a later statement (an entity with a column type that only Rust can encode, or one that
//! is `locked`), the library announces it, and the guard looks for it when the transaction ends. Whoever announces an
//! entry and does not write one puts the refusal off until then, and no further; `Capture` records such a change when the
//! transaction ends, after later entries of the row.
//! `SET CONSTRAINTS ALL IMMEDIATE` before such a write makes the guard look too early.
//!
//! Its functions run as the role that installs them, which needs `SELECT` on the table and `INSERT` and `SELECT` on
//! `audit_log`; `FORCE ROW LEVEL SECURITY` would hide rows from it. For those who write SQL by hand there is
//! `SELECT audit_raw_sql('Admin', '7', 'backfill of …')`, which marks their transaction; grant it to who may:
//!
//! ```sql
//! GRANT EXECUTE ON FUNCTION audit_raw_sql(text, text, text) TO support;
//! ```
//!
//! # On SQLite
//!
//! A trigger leaves a note of each change of a row in `audit_guard_pending`, and the entry of the change takes it away.
//! `Enforce` lets no transaction commit that leaves one, by a foreign key that is looked at then: with
//! `PRAGMA foreign_keys = OFF`, which is what SQLite's shell starts with, such a change is recorded instead.
//! In `Capture` a note becomes an entry before the next one of its row, or when [`collect`] is called;
//! [`History::pending`](crate::History::pending) tells how many do not show yet.
//!
//! A row that `REPLACE` or `OR REPLACE` puts in the place of another is a change of its own key alone, unless
//! `PRAGMA recursive_triggers` is on: what it displaces leaves no note.
//!
//! A trigger of the table's that updates the same row once more, as for an `updated_at`, is covered by the entry of the
//! statement. Of a value that SQLite's own functions do not know (a year without four digits, a leap second, a double
//! beyond 10^±45, or what is no value of its column's type at all) a note has the bytes alone, which nobody reads back;
//! in a key it lets even this library's writes be refused, or recorded twice.
//!
//! SQLite knows no users: the actor is `Database`, its id `SQLite`. Whoever writes SQL by hand names another, and takes the
//! mark away before the transaction commits:
//!
//! ```sql
//! INSERT INTO audit_guard_mark (actor_kind, actor_id, reason) VALUES ('Admin', '7', 'backfill of …');
//! UPDATE users SET role = 'user' WHERE role = 'guest';
//! DELETE FROM audit_guard_mark;
//! ```
//!
//! # On MySQL and MariaDB
//!
//! As in `Capture` on SQLite, a trigger leaves a note of each change of a row, and the entry of the change takes it away.
//! The actor is `Database`, its id the user who is logged in.
//!
//! Some changes pass unseen, for no trigger fires: cascades of foreign keys, and `TRUNCATE`, also that of a partition. And
//! on MariaDB a temporary table named `audit_guard_pending` hides the notes from the triggers of its session. So use no cascades into
//! audited tables, and grant neither `DROP` nor `CREATE TEMPORARY TABLES`.
//!
//! The triggers and procedures run as the account that installs them, which needs `TRIGGER`, `CREATE ROUTINE` and
//! `LOCK TABLES`; those who write need no further right. When that account is dropped, every write to an audited table
//! fails with error 1449: install by one that stays, or install again before. [`collect`] needs
//! `EXECUTE ON PROCEDURE audit_guard_collect`, and whoever calls [`Unit::raw_sql`](crate::Unit::raw_sql)
//! `SELECT, INSERT, DELETE ON audit_guard_mark`. A mark ends with its transaction, however that ends. By hand it is set
//! and taken away so:
//!
//! ```sql
//! START TRANSACTION;
//! INSERT INTO audit_guard_mark (changeset_id, actor_kind, actor_id, timestamp, reason)
//!     VALUES (UNHEX(REPLACE(UUID(), '-', '')), 'Admin', '7', UTC_TIMESTAMP(6), 'backfill of …');
//! UPDATE users SET role = 'user' WHERE role = 'guest';
//! DELETE FROM audit_guard_mark WHERE connection = CONNECTION_ID();
//! COMMIT;
//! ```
//!
//! `UPDATE IGNORE` of a row that a unique key refuses is recorded on MariaDB as if it had been changed. With
//! `innodb_snapshot_isolation`, which MariaDB has on since 11.6.2, a write fails with error 1020, and its transaction with
//! it, when [`collect`] took a note of its row since the transaction's first read.
//!
//! A statement that reads `audit_log` and changes rows of which there are notes fails with error 1442: [`collect`] them
//! first. A `timestamp` is told in UTC whatever the zone of the session, but for the hour that a zone repeats when its
//! clock is set back. A JSON column takes MariaDB 10.7 or later, and a
//! number in it that no double holds is read rounded in what a guard recorded.

mod check;
mod collect;
#[cfg(feature = "migration")]
mod migration;
mod mysql;
mod postgres;
mod sqlite;

use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};

pub use self::collect::collect;
#[cfg(feature = "migration")]
pub use self::migration::guard_migration;
use super::lock;
use crate::{Error, audited::Audited, dialect::Dialect, pending::Pending};
use check::{check_mode, check_tables, not_encoded, refused};

/// What a guard does about a change without an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GuardMode {
    /// It is refused.
    Enforce,
    /// It is recorded, as of the actor `Database` with the name of the database's user.
    Capture,
}

/// What [`install_guard`] runs, one statement a string.
///
/// It finds the log and the table as the connection does that runs it, and may run again: the guard is replaced.
///
/// # Errors
///
/// - [`Error::GuardUnsupported`]: `Enforce` on MySQL and MariaDB.
/// - [`Error::GuardRefused`]: a field that the database cannot encode stands in the way; it is named. Or the entity's table
///   has a MySQL database of its own.
pub fn guard_statements<E: Audited>(
    dialect: Dialect,
    mode: GuardMode,
) -> Result<Vec<String>, Error> {
    check_mode(dialect, mode)?;
    let statements = match dialect {
        Dialect::Postgres => postgres::statement::<E>(mode).map(|statement| vec![statement]),
        Dialect::Sqlite => sqlite::statements::<E>(mode),
        Dialect::MySql | Dialect::MariaDb if E::default().schema_name().is_some() => {
            let problem = "its table has a database of its own, and only a connection tells that of the log: \
                call install_guard";
            return Err(refused::<E>(problem.to_owned()));
        }
        Dialect::MySql | Dialect::MariaDb => mysql::statements::<E>(dialect),
    };
    statements.map_err(|field| not_encoded::<E>(dialect, field))
}

/// What [`install_guard`] would run on this database.
pub(super) fn guard_here<E: Audited>(
    db: &DatabaseConnection,
    mode: GuardMode,
) -> Pending<'_, Vec<String>> {
    Box::pin(async move {
        let dialect = Dialect::of(db).await?;
        check_mode(dialect, mode)?;
        match dialect {
            Dialect::Postgres | Dialect::Sqlite => guard_statements::<E>(dialect, mode),
            Dialect::MySql | Dialect::MariaDb => {
                let statements = mysql::statements_here::<E, _>(db, dialect).await?;
                statements.map_err(|field| not_encoded::<E>(dialect, field))
            }
        }
    })
}

/// Installs the guard of an entity, or replaces it.
///
/// Call it at every start, or once in a migration: `guard_migration`, with the feature `migration`. Writers wait meanwhile.
///
/// # Errors
///
/// - [`Error::GuardUnsupported`]: `Enforce` on MySQL and MariaDB.
/// - [`Error::GuardRefused`]: the log, the table or one of its columns is not there, or a field stands in the way.
/// - [`Error::Database`]: anything else the database refused, such as an account that may not create triggers.
pub async fn install_guard<E: Audited>(
    db: &(impl ConnectionTrait + TransactionTrait + Clone + Send + 'static),
    mode: GuardMode,
) -> Result<(), Error> {
    check_mode(Dialect::of(db).await?, mode)?;
    lock::exclusively(db, creation::<E, _>(mode)).await
}

/// Removes the guard of an entity, if there is one.
///
/// # Errors
///
/// What the database says.
pub async fn remove_guard<E: Audited>(
    db: &(impl ConnectionTrait + TransactionTrait + Clone + Send + 'static),
) -> Result<(), Error> {
    lock::exclusively(db, |db| Box::pin(remove::<E, _>(db))).await
}

fn creation<E: Audited, C: ConnectionTrait>(mode: GuardMode) -> lock::Work<C> {
    match mode {
        GuardMode::Enforce => |db| Box::pin(create::<E, C>(db, GuardMode::Enforce)),
        GuardMode::Capture => |db| Box::pin(create::<E, C>(db, GuardMode::Capture)),
    }
}

/// The caller holds the lock.
async fn create<E: Audited, C: ConnectionTrait>(db: &C, mode: GuardMode) -> Result<(), Error> {
    let dialect = Dialect::of(db).await?;
    check_mode(dialect, mode)?;
    check_tables::<E, C>(db, dialect).await?;
    if matches!(dialect, Dialect::MySql | Dialect::MariaDb) {
        let put = mysql::put::<E, C>(db, dialect).await?;
        return put.map_err(|field| not_encoded::<E>(dialect, field));
    }
    for statement in guard_statements::<E>(dialect, mode)? {
        db.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// The caller holds the lock.
async fn remove<E: Audited, C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    let dialect = Dialect::of(db).await?;
    let statements = match dialect {
        Dialect::Postgres => vec![postgres::removal::<E>()],
        Dialect::Sqlite => sqlite::removal::<E>(),
        Dialect::MySql | Dialect::MariaDb => mysql::removal::<E>().to_vec(),
    };
    for statement in statements {
        db.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Drops what guards share.
#[cfg(feature = "migration")]
pub(super) async fn drop_shared<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    let statements: &[&str] = match Dialect::of(db).await? {
        Dialect::Postgres => &postgres::DROP_SHARED,
        Dialect::Sqlite => &sqlite::DROP_SHARED,
        Dialect::MySql | Dialect::MariaDb => &mysql::DROP_SHARED,
    };
    for statement in statements {
        db.execute_unprepared(statement).await?;
    }
    Ok(())
}
