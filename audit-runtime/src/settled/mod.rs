//! The id up to which no further entry can appear.
//!
//! An entry takes its id before its transaction commits. So entry 8 may appear after entry 9 was read, and a reader
//! that continues after the highest id it saw misses entry 8. A [`Horizon`] returns how far a reader may go. It costs
//! writers nothing.
//!
//! | | how it knows | what it waits for |
//! |---|---|---|
//! | PostgreSQL | by the lock on `audit_log` that a writer holds from before its entry has an id until it is committed | transactions that wrote an entry |
//! | MySQL, MariaDB | by the rows of open transactions, which a session at `READ UNCOMMITTED` sees | transactions that wrote an entry, and for every id without a row [the patience](Horizon::patience) |
//! | SQLite | there is one writer at a time, so ids are in the order of commits | nothing |
//!
//! PostgreSQL's and SQLite's answers are exact. On MySQL and MariaDB an id is invisible for some microseconds, until
//! its row is inserted. An id without a row is either such an id, or its transaction was rolled back. So a horizon
//! stops there for five seconds, and an entry that is delayed for longer at exactly this point is missed.
//!
//! The database must be the one that is written to: a standby does not know the locks of its primary. In a cluster with
//! several writers (Galera, group replication) ids of other nodes arrive late, and a horizon is not reliable.

mod mysql;
mod postgres;

use std::{
    collections::BTreeMap,
    fmt::{self, Display, Formatter},
    time::{Duration, Instant},
};

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QuerySelect, TransactionTrait};

use crate::{Error, audit_log, dialect::Family};

/// Tracks how far the log is settled, and what it waits for.
///
/// ```
/// use audit_runtime::settled::Horizon;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let db = sea_orm::Database::connect("sqlite::memory:").await?;
/// # audit_runtime::schema::install(&db).await?;
/// let mut horizon = Horizon::after(0);
/// let settled = horizon.look(&db).await?;
/// // All entries with an id up to `settled` are there. Look again for more.
/// # assert_eq!(settled, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Horizon {
    settled: i64,
    patience: Duration,
    /// PostgreSQL: an id, and the transactions that may still commit one up to it.
    candidate: Option<(i64, Vec<String>)>,
    /// MySQL and MariaDB: gaps by their first id, each with its last id and the time since when it is known.
    gaps: BTreeMap<i64, (i64, Instant)>,
    blockers: Vec<Blocker>,
}

/// The reason why the log is not settled further.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Blocker {
    /// PostgreSQL: a session in whose transaction an entry was written.
    Session {
        /// Its process, as in `pg_stat_activity`.
        pid: i32,
        /// Its application name.
        application: Option<String>,
    },
    /// PostgreSQL: a prepared transaction, as in `pg_prepared_xacts`.
    Prepared,
    /// MySQL and MariaDB: an open transaction wrote this entry.
    Uncommitted {
        /// The entry's id.
        entry: i64,
    },
    /// MySQL and MariaDB: no row has this id, possibly only for a moment.
    Missing {
        /// The id.
        entry: i64,
    },
}

impl Horizon {
    /// Creates a horizon that treats all ids up to this one as settled: 0, or the result of an earlier horizon.
    pub fn after(settled: i64) -> Self {
        Self {
            settled,
            patience: Duration::from_secs(5),
            candidate: None,
            gaps: BTreeMap::new(),
            blockers: Vec::new(),
        }
    }

    /// Sets how long a row with a taken id may need to be inserted on MySQL and MariaDB. The default is five seconds.
    #[must_use]
    pub fn patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Returns how far the log is settled now. The result never decreases.
    ///
    /// This needs a connection pool, because each step must see what was committed before it. Read rows in a statement
    /// that begins after this method has returned.
    ///
    /// # Errors
    ///
    /// - [`Error::Standby`]: the connection leads to a PostgreSQL standby.
    /// - [`Error::Database`]: anything else.
    pub async fn look<C>(&mut self, db: &C) -> Result<i64, Error>
    where
        C: ConnectionTrait + TransactionTrait + Clone + Send + 'static,
    {
        match Family::of(db) {
            Family::Postgres => postgres::look(self, db).await?,
            Family::MySql => mysql::look(self, db).await?,
            Family::Sqlite => self.settled = self.settled.max(last_id(db).await?),
        }
        Ok(self.settled)
    }

    /// Returns the result of the last `look`.
    pub fn settled(&self) -> i64 {
        self.settled
    }

    /// Returns the blockers of the last `look`. There are none if it reached the end of the log.
    pub fn blockers(&self) -> &[Blocker] {
        &self.blockers
    }
}

impl Display for Blocker {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session { pid, application } => {
                write!(f, "the open transaction of session {pid}")?;
                match application.as_deref() {
                    None | Some("") => Ok(()),
                    Some(application) => write!(f, " ({application:?})"),
                }
            }
            Self::Prepared => f.write_str("a prepared transaction"),
            Self::Uncommitted { entry } => write!(f, "the open transaction of entry {entry}"),
            Self::Missing { entry } => write!(f, "entry {entry}, which is not there yet"),
        }
    }
}

/// The highest id that a separate statement sees.
async fn last_id<C: ConnectionTrait>(db: &C) -> Result<i64, Error> {
    let last = audit_log::Entity::find()
        .select_only()
        .column_as(audit_log::Column::Id.max(), "last")
        .into_tuple::<Option<i64>>()
        .one(db)
        .await?;
    Ok(last.flatten().unwrap_or(0))
}
