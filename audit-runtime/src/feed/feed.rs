//! A feed: the log, delivered in order to a sink.

use std::time::Duration;

use sea_orm::DatabaseConnection;
use tokio::{pin, select, time::sleep};
use uuid::Uuid;

use super::{Sink, position::Worker, read::Limits};
use crate::{Error, settled::Horizon};

/// Delivers the entries of the log to a [`Sink`], in the order of their ids, each at least once.
///
/// Its position is in the table `audit_feed`, by its name. Any number of processes may run a feed of the same name: one
/// of them delivers, the others wait for its lease. If it stops or loses its connection, another one continues.
///
/// ```
/// use audit_runtime::{feed::{self, Feed, JsonLines, Lines}, prelude::*, schema};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let db = sea_orm::Database::connect("sqlite::memory:").await?;
/// # schema::install(&db).await?;
/// schema::install_feed(&db).await?;
/// let log = feed::log_id(&db).await?;
///
/// let mut lines = Vec::new();
/// let mut feed = Feed::new("siem", log, Lines::new(JsonLines::new(log), &mut lines)).required();
/// feed.start(&db, &AuditContext::new(Actor::new("System", "feed"))).await?;
/// feed.run(&db, std::future::ready(())).await?; // until this is ready: a signal to stop
/// # drop(feed);
/// assert!(String::from_utf8(lines)?.contains(r#""action":"EXPORT""#));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a feed delivers nothing until it is run"]
pub struct Feed<S> {
    pub(super) log: Uuid,
    pub(super) sink: S,
    pub(super) worker: Worker,
    pub(super) id: Uuid,
    pub(super) limits: Limits,
    pub(super) patience: Duration,
    pub(super) gap_patience: Duration,
    pub(super) state: State,
    pub(super) is_required: bool,
    pub(super) after: i64,
}

/// The state of a process between two steps.
#[derive(Debug)]
pub(super) struct State {
    /// The position, and the time when this process last confirmed its lease.
    pub(super) held: Option<(i64, std::time::Instant)>,
    pub(super) horizon: Horizon,
    /// The maximum number of entries in the next batch.
    pub(super) most: u64,
    /// The number of consecutive failures.
    pub(super) failures: u32,
    /// The entry that the sink rejected last, and the number of times.
    pub(super) rejected: Option<(i64, u32)>,
}

impl<S: Sink> Feed<S> {
    /// Creates a feed with this name, 1 to 64 of `a` to `z`, digits, `_` and `-`, of the log with this
    /// [id](super::log_id).
    pub fn new(name: impl Into<String>, log: Uuid, sink: S) -> Self {
        let id = Uuid::now_v7();
        let limits = Limits {
            entries: 500,
            bytes: 8 << 20,
        };
        Self {
            log,
            sink,
            worker: Worker {
                feed: name.into(),
                holder: id.to_string(),
                lease: Duration::from_secs(30),
            },
            id,
            limits,
            patience: Duration::from_secs(300),
            gap_patience: Duration::from_secs(5),
            state: State {
                held: None,
                horizon: Horizon::after(-1),
                most: limits.entries,
                failures: 0,
                rejected: None,
            },
            is_required: false,
            after: 0,
        }
    }

    /// Keeps entries from a purge until this feed has delivered them.
    pub fn required(self) -> Self {
        Self {
            is_required: true,
            ..self
        }
    }

    /// Begins after this entry on the first start, instead of with the first entry of the log.
    pub fn after(self, entry: i64) -> Self {
        Self {
            after: entry,
            ..self
        }
    }

    /// Sets the maximum number of entries in a batch, and its approximate size in memory, which a single entry may
    /// exceed. The defaults are 500 and 8 MiB.
    pub fn batch(mut self, entries: u64, bytes: usize) -> Self {
        let entries = entries.max(1);
        self.limits = Limits { entries, bytes };
        self.state.most = entries;
        self
    }

    /// Sets how long another process waits for this one if it does not answer. The default is 30 seconds.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.worker.lease = lease;
        self
    }

    /// Sets the time limit for a batch. The default is five minutes. After a timeout, the sink gets half as many
    /// entries.
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Sets how long an id without an entry delays later entries on MySQL and MariaDB. The default is five seconds. See
    /// [`Horizon::patience`].
    pub fn gap_patience(self, patience: Duration) -> Self {
        Self {
            gap_patience: patience,
            ..self
        }
    }

    /// Returns the sink.
    pub fn sink(&self) -> &S {
        &self.sink
    }

    /// Delivers until `stop` is ready. The batch under way is delivered first.
    ///
    /// If the sink or the database fails, it tries again after a pause, which grows to five minutes. `tracing` reports
    /// each failure.
    ///
    /// # Errors
    ///
    /// Errors that a retry cannot fix: [`Error::FeedRefused`], [`Error::FeedMissing`], [`Error::LogMissing`],
    /// [`Error::Standby`].
    pub async fn run(
        &mut self,
        db: &DatabaseConnection,
        stop: impl Future<Output = ()>,
    ) -> Result<(), Error> {
        pin!(stop);
        loop {
            let pause = match self.step(db).await {
                Ok(step) => step.pause(),
                Err(Error::Database(error)) => {
                    tracing::warn!(feed = self.worker.feed, %error, "the database failed a feed");
                    self.pause_after_failure()
                }
                Err(error) => return Err(error),
            };
            select! {
                biased;
                () = &mut stop => break,
                () = sleep(pause) => {}
            }
        }
        self.release(db).await
    }

    /// Releases the lease, so that another process continues at once.
    ///
    /// # Errors
    ///
    /// An error of the database.
    pub async fn release(&mut self, db: &DatabaseConnection) -> Result<(), Error> {
        self.state.held = None;
        self.worker.release(db).await
    }
}
