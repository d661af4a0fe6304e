//! Upgrades a log of an earlier version to this one, while applications use it.
//!
//! Version 2 changes only the index of actions, on PostgreSQL and SQLite.

use sea_orm::{ConnectionTrait, DbErr, Statement, TransactionTrait};

use super::{
    installed::{self, State},
    lock, tables,
    version::{self, VERSION},
    warnings,
};
use crate::{
    Error,
    dialect::{Dialect, Family},
    error::is_not_permitted,
};

/// Returns the statements that upgrade a log of an earlier version to this one, in order. Each may run again.
///
/// Applications may write while they run. On PostgreSQL none of them may be in a transaction. An interrupted one leaves
/// an invalid index there, which the next one does not recreate: [`install`](super::install) and the statements of the
/// [`doctor`](super::doctor) drop it first.
///
/// ```
/// use audit_runtime::schema::{Dialect, upgrade_statements};
///
/// let statements = upgrade_statements(Dialect::Postgres);
/// assert!(statements[0].starts_with("CREATE INDEX CONCURRENTLY IF NOT EXISTS"));
/// ```
pub fn upgrade_statements(dialect: Dialect) -> Vec<String> {
    let statements = statements(dialect).into_iter();
    statements
        .map(|statement| concurrent(&statement, dialect))
        .collect()
}

/// The statements that this log still needs, outside of a transaction.
pub(super) async fn remaining<C: ConnectionTrait>(
    db: &C,
    dialect: Dialect,
) -> Result<Vec<String>, Error> {
    let statements = needed(db, dialect).await?.into_iter();
    Ok(statements
        .map(|statement| concurrent(&statement, dialect))
        .collect())
}

/// Upgrades, unless this account may not, or another process upgrades: until then the log works as it is.
pub(super) async fn if_possible<C>(db: &C, installed: i32) -> Result<(), Error>
where
    C: ConnectionTrait + TransactionTrait + Clone + Send + 'static,
{
    // On PostgreSQL, an attempt blocks others while it runs.
    let may_try = match Family::of(db) {
        Family::Postgres => warnings::is_owner(db).await?,
        Family::MySql | Family::Sqlite => true,
    };
    let refusal = match may_try {
        true => match upgrade(db).await {
            Ok(()) => return Ok(()),
            Err(Error::Database(error)) => {
                let is_busy = error.is_retryable();
                let error = DbErr::from(error);
                if !is_busy && !is_not_permitted(&error) {
                    return Err(error.into());
                }
                error.to_string()
            }
            Err(error @ Error::InstallBusy) => error.to_string(),
            Err(error) => return Err(error),
        },
        false => "this account does not own it".to_owned(),
    };
    tracing::warn!(
        installed,
        known = VERSION,
        refusal,
        "audit_log is of an earlier version, which works and costs more: \
         run audit_runtime::schema::install or upgrade_statements by the account that owns it"
    );
    Ok(())
}

/// Upgrades. On PostgreSQL this is not one transaction; existing objects are kept.
pub(super) async fn upgrade<C>(db: &C) -> Result<(), Error>
where
    C: ConnectionTrait + TransactionTrait + Clone + Send + 'static,
{
    match Family::of(db) {
        Family::Postgres => lock::alone(db, |session| Box::pin(online(session))).await,
        Family::MySql | Family::Sqlite => {
            lock::exclusively(db, |transaction| Box::pin(within(transaction))).await
        }
    }
}

/// Upgrades in a transaction: on PostgreSQL, writes wait for it. The caller holds the lock.
pub(super) async fn within<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    let State::Outdated(_) = installed::state(db).await? else {
        return Ok(());
    };
    let dialect = Dialect::of(db).await?;
    for statement in needed(db, dialect).await? {
        db.execute_unprepared(&statement).await?;
    }
    Ok(())
}

/// Upgrades a log on PostgreSQL, outside of a transaction.
async fn online<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    let State::Outdated(_) = installed::state(db).await? else {
        return Ok(());
    };
    for statement in remaining(db, Dialect::Postgres).await? {
        db.execute_unprepared(&statement).await?;
        // If the index is being created by hand, the old one is still needed.
        if new_index(db).await? == NewIndex::InCreation {
            return Err(Error::InstallBusy);
        }
    }
    Ok(())
}

/// The indexes of earlier versions that this one drops.
pub(super) fn dropped(dialect: Dialect) -> &'static [&'static str] {
    match dialect {
        Dialect::Postgres | Dialect::Sqlite => &["audit_log_action"],
        Dialect::MySql | Dialect::MariaDb => &[],
    }
}

/// The index of actions in this version.
const NEW: &str = "audit_log_action_not_update";

/// The statements of the schema that version 1 did not have, and the number of this version.
fn statements(dialect: Dialect) -> Vec<String> {
    let mut statements = tables::statements(dialect);
    statements.retain(|statement| statement.contains(r#" "audit_log_action"#));
    statements.push(version::upgraded(dialect));
    statements
}

/// The statements that this log needs. The first one drops the new index if it is invalid.
async fn needed<C: ConnectionTrait>(db: &C, dialect: Dialect) -> Result<Vec<String>, Error> {
    let mut statements = statements(dialect);
    match dialect {
        Dialect::Postgres if new_index(db).await? == NewIndex::Invalid => {
            statements.insert(0, format!(r#"DROP INDEX IF EXISTS "{NEW}""#));
        }
        Dialect::Postgres | Dialect::MySql | Dialect::MariaDb | Dialect::Sqlite => {}
    }
    Ok(statements)
}

/// The statement in a form for which writes do not wait.
fn concurrent(statement: &str, dialect: Dialect) -> String {
    match dialect {
        Dialect::Postgres => statement.replacen("INDEX", "INDEX CONCURRENTLY", 1),
        Dialect::MySql | Dialect::MariaDb | Dialect::Sqlite => statement.to_owned(),
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NewIndex {
    Missing,
    InCreation,
    /// Left by an interrupted creation.
    Invalid,
    Valid,
}

async fn new_index<C: ConnectionTrait>(db: &C) -> Result<NewIndex, Error> {
    let question =
        Statement::from_sql_and_values(db.get_database_backend(), NEW_INDEX, [NEW.into()]);
    let Some(row) = db.query_one_raw(question).await? else {
        return Ok(NewIndex::Missing);
    };
    let (is_valid, is_in_creation): (bool, bool) =
        (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
    Ok(match (is_valid, is_in_creation) {
        (true, _) => NewIndex::Valid,
        (false, true) => NewIndex::InCreation,
        (false, false) => NewIndex::Invalid,
    })
}

const NEW_INDEX: &str = "SELECT indisvalid AND indisready,
    EXISTS (SELECT FROM pg_stat_progress_create_index WHERE index_relid = indexrelid)
FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
WHERE indrelid = to_regclass('audit_log') AND relname = $1";
