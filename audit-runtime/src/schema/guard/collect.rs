//! Turns the notes of a guard into entries.

use sea_orm::{ConnectionTrait, TransactionTrait};

use super::{mysql, sqlite};
use crate::{Error, dialect::Dialect, schema::lock};

/// Turns the notes of guards into entries, and returns their number.
///
/// On SQLite, MySQL and MariaDB, [`GuardMode::Capture`](super::GuardMode) notes a change that bypassed this library.
/// The note becomes an entry before the next entry of its row, or when you call this function. Call it at the start and
/// regularly, such as every minute. PostgreSQL has no such notes, nor has a table without a guard.
///
/// Any number of processes may call it at once. The next call finishes an interrupted one. Each transaction takes a
/// thousand notes. [`History::pending`](crate::History::pending) counts the remaining ones.
///
/// # Errors
///
/// An error of the database. Entries of earlier transactions stay.
pub async fn collect<C>(db: &C) -> Result<u64, Error>
where
    C: ConnectionTrait + TransactionTrait + Clone + Send + 'static,
{
    let dialect = Dialect::of(db).await?;
    let mut all = 0;
    loop {
        let collected = match dialect {
            Dialect::Postgres => 0,
            Dialect::Sqlite => {
                lock::exclusively(db, |db| Box::pin(sqlite::collect(db, BATCH))).await?
            }
            Dialect::MySql | Dialect::MariaDb => {
                lock::exclusively(db, |db| Box::pin(mysql::collect(db, BATCH))).await?
            }
        };
        all += collected;
        if collected < BATCH {
            return Ok(all);
        }
    }
}

const BATCH: u64 = 1_000;
