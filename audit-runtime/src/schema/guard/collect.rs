//! Turns the notes of a guard into entries.

use sea_orm::{ConnectionTrait, TransactionTrait};

use super::{mysql, sqlite};
use crate::{Error, dialect::Dialect, schema::lock};

/// Makes entries of the changes that guards have only a note of, and says of how many.
///
/// On SQLite, MySQL and MariaDB, [`GuardMode::Capture`](super::GuardMode) notes a change that was made beside this library, and the note
/// becomes an entry before the next one of its row; of a row that is not written again, it does here. Call it at the
/// start and now and then, such as every minute. PostgreSQL has no such notes, and without a guard there are none.
///
/// Any number of processes may call it at once, and where one call was cut short the next one finishes it. Each
/// transaction takes a thousand of them. Until then [`History::pending`](crate::History::pending) counts them.
///
/// # Errors
///
/// What the database says. What was done by then stays.
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
