//! The tables of [`feed`](crate::feed): the position of each feed, and the entries that were set aside.

#[cfg(feature = "migration")]
mod migration;

use sea_orm::{
    ConnectionTrait, EntityTrait, QuerySelect, TransactionTrait,
    sea_query::{Expr, Query},
};

use super::lock;
use crate::{
    Error, audit_log,
    dialect::{Dialect, is_missing, is_missing_table},
};
#[cfg(feature = "migration")]
pub use migration::feed_migrations;

/// Creates the tables of [`feed`](crate::feed), unless they exist.
///
/// Call [`install`](super::install) first. Call this at every start: if the tables exist, it only reads. Only the
/// account that owns the log can create them.
///
/// | | |
/// |---|---|
/// | `audit_feed` | the position of each feed, and the process that delivers it |
/// | `audit_feed_rejected` | the entries that a receiver rejected |
/// | `audit_feed_log` | the id of the log, in one row |
///
/// The account of a feed needs `SELECT` on `audit_log`, and `SELECT`, `INSERT` and `UPDATE` on these tables. On SQLite
/// they are part of the file.
///
/// # Errors
///
/// - [`Error::LogMissing`]: there is no log.
/// - [`Error::Database`]: anything else, such as an account that may not create tables.
pub async fn install_feed<C>(db: &C) -> Result<(), Error>
where
    C: ConnectionTrait + TransactionTrait + Clone + Send + 'static,
{
    if is_installed(db).await? {
        return Ok(());
    }
    lock::exclusively(db, |transaction| Box::pin(create(transaction))).await
}

/// Returns the statements of [`install_feed`], in order. Each may run again.
///
/// ```
/// use audit_runtime::schema::{Dialect, feed_statements};
///
/// assert!(feed_statements(Dialect::Sqlite)[1].starts_with("CREATE TABLE IF NOT EXISTS audit_feed ("));
/// ```
pub fn feed_statements(dialect: Dialect) -> Vec<String> {
    let text = match dialect {
        Dialect::Postgres => return vec![POSTGRES.trim_end().to_owned()],
        Dialect::MySql => MYSQL.replace("{collation}", "utf8mb4_0900_bin"),
        Dialect::MariaDb => MYSQL.replace("{collation}", "utf8mb4_nopad_bin"),
        Dialect::Sqlite => SQLITE.to_owned(),
    };
    let statements = text.split("\n\n");
    statements
        .map(|statement| statement.trim_end().trim_end_matches(';').to_owned())
        .collect()
}

async fn is_installed<C: ConnectionTrait>(db: &C) -> Result<bool, Error> {
    for table in TABLES {
        let question = Query::select()
            .expr(Expr::val(1))
            .from(table)
            .limit(1)
            .to_owned();
        match db.query_one(&question).await {
            Ok(_) => {}
            Err(error) if is_missing(&error, table) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(true)
}

/// Creates the tables. The caller holds the lock.
async fn create<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    let log = audit_log::Entity::find()
        .select_only()
        .column(audit_log::Column::Id);
    log.into_tuple::<i64>().one(db).await.map_err(|error| {
        if is_missing_table(&error) {
            Error::LogMissing(error.into())
        } else {
            error.into()
        }
    })?;
    for statement in feed_statements(Dialect::of(db).await?) {
        db.execute_unprepared(&statement).await?;
    }
    Ok(())
}

const TABLES: [&str; 3] = ["audit_feed_log", "audit_feed", "audit_feed_rejected"];

const POSTGRES: &str = include_str!("postgres.sql");
const MYSQL: &str = include_str!("mysql.sql");
const SQLITE: &str = include_str!("sqlite.sql");
