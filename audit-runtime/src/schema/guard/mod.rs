//! The guard of an audited entity: triggers that refuse or record changes of its table that have no entry.
//!
//! | | `Enforce` | `Capture` |
//! |---|---|---|
//! | a change through this library | passes | passes |
//! | plain SeaORM, raw SQL, a database's own shell, an upsert, a cascade of a foreign key (not on MySQL and MariaDB); on PostgreSQL `COPY`, `MERGE`, `TRUNCATE`, a write to a partition | refused: on PostgreSQL at the end of the statement, with SQLSTATE `UA001`; on SQLite when the transaction commits | recorded, with the database's user as the actor |
//! | the same in a transaction that is marked with [`Unit::raw_sql`](crate::Unit::raw_sql) | recorded as of the mark's actor | recorded as of the mark's actor |
//!
//! MySQL and MariaDB support `Capture` only. They have no check that runs when a transaction commits, so a change whose entry
//! is missing cannot be refused.
//!
//! The owner of the table, a superuser, and anyone who can write to SQLite's file can drop or disable a trigger. A statement
//! such as `ALTER TABLE … USING` rewrites rows without firing one. A partition that is attached later has no guard. Install
//! the guard again after you attach a partition, and in each migration that renames a table or column or changes what is
//! recorded.
//!
//! # On PostgreSQL
//!
//! At the end of each statement, a trigger looks for the entries of the changed rows among those that the same statement
//! wrote. Some entities write the entry in a later statement: those with a column type that only Rust can encode, and those
//! that are `locked`. For these, the library announces the entry, and the guard looks for it when the transaction ends. An
//! announcement without an entry only postpones the refusal to the end of the transaction. `Capture` then records the change,
//! after later entries of the row.
//! Do not run `SET CONSTRAINTS ALL IMMEDIATE` before such a write, because the guard would look too early.
//!
//! Its functions run as the role that installs them, which needs `SELECT` on the table and `INSERT` and `SELECT` on
//! `audit_log`. `FORCE ROW LEVEL SECURITY` would hide rows from it. To write SQL by hand, mark the transaction with
//! `SELECT audit_raw_sql('Admin', '7', 'backfill of …')`. Grant the function to the roles that may do so:
//!
//! ```sql
//! GRANT EXECUTE ON FUNCTION audit_raw_sql(text, text, text) TO support;
//! ```
//!
//! # On SQLite
//!
//! A trigger writes a note of each change of a row to `audit_guard_pending`, and the entry of the change removes the note.
//! With `Enforce`, a deferred foreign key prevents the commit of a transaction that leaves a note. With
//! `PRAGMA foreign_keys = OFF`, the default of SQLite's shell, such a change is recorded instead.
//! With `Capture`, a note becomes an entry before the next change of its row, or when you call [`collect`].
//! [`History::pending`](crate::History::pending) returns the number of notes without an entry.
//!
//! `REPLACE` and `OR REPLACE` delete the row that they displace. That deletion leaves no note unless
//! `PRAGMA recursive_triggers` is on.
//!
//! If a trigger of the table updates the same row again, such as for `updated_at`, the entry of the statement covers the
//! update. SQLite's functions cannot express some values: a year without four digits, a leap second, a double beyond 10^±45,
//! and a value that is not of its column's type. A note of such a value contains only its bytes, which cannot be decoded. If
//! the value is in a key, even writes by this library may be refused, or recorded twice.
//!
//! SQLite has no users. The actor is `Database`, with the id `SQLite`. To write SQL by hand as another actor, insert a mark,
//! and delete it before the transaction commits:
//!
//! ```sql
//! INSERT INTO audit_guard_mark (actor_kind, actor_id, reason) VALUES ('Admin', '7', 'backfill of …');
//! UPDATE users SET role = 'user' WHERE role = 'guest';
//! DELETE FROM audit_guard_mark;
//! ```
//!
//! # On MySQL and MariaDB
//!
//! As with `Capture` on SQLite, a trigger writes a note of each change of a row, and the entry of the change removes the
//! note. The actor is `Database`, with the name of the logged-in user as its id.
//!
//! Cascades of foreign keys fire no trigger, and neither does `TRUNCATE`, also of a partition. A guard does not see these
//! changes. On MariaDB, a temporary table named `audit_guard_pending` hides the notes from the triggers of its session.
//! Therefore use no cascades into audited tables, and grant neither `DROP` nor `CREATE TEMPORARY TABLES`.
//!
//! The triggers and procedures run as the account that installs them. It needs `TRIGGER`, `CREATE ROUTINE` and
//! `LOCK TABLES`; the accounts that write need no further right. If that account is dropped, every write to an audited table
//! fails with error 1449. Install guards with an account that stays, or install them again before you drop it. [`collect`]
//! needs `EXECUTE ON PROCEDURE audit_guard_collect`, and [`Unit::raw_sql`](crate::Unit::raw_sql) needs
//! `SELECT, INSERT, DELETE ON audit_guard_mark`. A mark ends with its transaction. To set and remove one by hand:
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
//! A statement that reads `audit_log` and changes rows that have notes fails with error 1442. Call [`collect`] first. A
//! `timestamp` is recorded in UTC, whatever the session's time zone; the hour that a zone repeats when its clock is set back
//! is ambiguous. A JSON column needs MariaDB 10.7 or later. A number in it that does not fit a double is rounded in the
//! entries of a guard.

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

/// The reaction of a guard to a change without an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GuardMode {
    /// The guard refuses it.
    Enforce,
    /// The guard records it. The actor is `Database`, with the name of the database's user.
    Capture,
}

/// Returns the statements that [`install_guard`] runs, one per string.
///
/// They use the log and the table that the connection finds. They are idempotent: an existing guard is replaced.
///
/// # Errors
///
/// - [`Error::GuardUnsupported`]: `Enforce` on MySQL and MariaDB.
/// - [`Error::GuardRefused`]: the database cannot encode a field, which the error names. Or the entity's table is in
///   another MySQL database.
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

/// Returns the statements that [`install_guard`] would run on this database.
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
/// - [`Error::GuardRefused`]: the log, the table or one of its columns is missing, or a field cannot be encoded.
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
/// An error of the database.
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

/// Creates the guard. The caller holds the lock.
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

/// Removes the guard. The caller holds the lock.
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

/// Drops the shared objects of guards.
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
