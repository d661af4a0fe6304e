//! The state of a transaction: a statement can end one, and MySQL and SQLite then continue in autocommit.

use sea_orm::{ConnectionTrait, DbBackend, DbErr};

use crate::dialect::Family;

/// Whether the transaction of this connection is open and can continue.
pub(super) async fn is_open(connection: &impl ConnectionTrait) -> Result<bool, DbErr> {
    match Family::of(connection) {
        // Outside of a transaction, a savepoint would open one. A BEGIN inside a transaction is refused.
        Family::Sqlite => match connection.execute_unprepared("BEGIN").await {
            Ok(_) => {
                connection.execute_unprepared("ROLLBACK").await?;
                Ok(false)
            }
            Err(refused) if refused.to_string().contains("within a transaction") => Ok(true),
            Err(error) => Err(error),
        },
        // A savepoint outside of a transaction is refused.
        Family::Postgres => {
            let both = "SAVEPOINT audit_unit; RELEASE SAVEPOINT audit_unit";
            Ok(connection.execute_unprepared(both).await.is_ok())
        }
        Family::MySql => Ok(mark(connection).await.is_ok() && is_marked(connection).await),
    }
}

/// Restarts the transaction at a level where a locking read on MariaDB sees current rows. At `SERIALIZABLE` the first
/// statement fixes the snapshot, including a wait for a lock, and a later change is an error while
/// `innodb_snapshot_isolation` is on.
pub(super) async fn begin_again(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    let all = "ROLLBACK; SET TRANSACTION ISOLATION LEVEL REPEATABLE READ; START TRANSACTION";
    connection.execute_unprepared(all).await.map(drop)
}

/// Marks the transaction, so that [`is_marked`] can detect another one.
pub(super) async fn mark(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    connection
        .execute_unprepared("SAVEPOINT audit_unit")
        .await
        .map(drop)
}

/// Whether the transaction is the marked one. Removes the mark.
pub(super) async fn is_marked(connection: &impl ConnectionTrait) -> bool {
    connection
        .execute_unprepared("RELEASE SAVEPOINT audit_unit")
        .await
        .is_ok()
}

/// Whether the statement may end its transaction.
///
/// MySQL commits before and after most statements that are not queries, so for MySQL and SQLite the list contains the
/// statements that cannot. On PostgreSQL only transaction control can.
pub(super) fn may_end_transaction(backend: DbBackend, sql: &str) -> bool {
    let sql = sql.trim();
    if sql.trim_end_matches(';').contains(';') {
        return true;
    }
    let mut words = words(sql);
    let first = words.next().unwrap_or_default();
    match (Family::from(backend), &*first) {
        (_, "ROLLBACK") => {
            let is_filler = |word: &String| matches!(&**word, "WORK" | "TRANSACTION");
            words
                .find(|word| !is_filler(word))
                .is_none_or(|word| word != "TO")
        }
        (Family::Postgres, word) => {
            ["", "ABORT", "BEGIN", "COMMIT", "END", "PREPARE", "START"].contains(&word)
        }
        (Family::MySql | Family::Sqlite, word) => ![
            "DELETE",
            "INSERT",
            "RELEASE",
            "REPLACE",
            "SAVEPOINT",
            "SELECT",
            "UPDATE",
            "WITH",
        ]
        .contains(&word),
    }
}

/// Whether the statement certainly changes nothing.
pub(super) fn only_reads(sql: &str) -> bool {
    words(sql).next().is_some_and(|first| first == "SELECT")
}

fn words(sql: &str) -> impl Iterator<Item = String> {
    sql.trim()
        .split(|char: char| !char.is_ascii_alphabetic())
        .map(str::to_ascii_uppercase)
}
