//! A feed: the log, delivered in order to a sink.

use std::time::Duration;

use sea_orm::DatabaseConnection;
use tokio::{pin, select, time::sleep};
use uuid::Uuid;

use super::{Sink, position::Worker, read::Limits};
use crate::{Error, settled::Horizon};

/// Delivers the entries of the log to a [`Sink`], in the order of their ids, each at least once.
///
/// How far it is stands in the table `audit_feed`, under its name. Any number of processes may run a feed of the same
/// name: one of them delivers, the others wait for its lease. If it stops or loses its connection, another one goes on.
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

/// What a process knows between two steps.
#[derive(Debug)]
pub(super) struct State {
    /// The position, and since when the lease was sure to be this process's.
    pub(super) held: Option<(i64, std::time::Instant)>,
    pub(super) horizon: Horizon,
    /// How many entries the next batch may have.
    pub(super) most: u64,
    /// In a row.
    pub(super) failures: u32,
    /// The entry that the sink rejected last, and how often.
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

    /// No entry is purged before this feed has delivered it.
    pub fn required(self) -> Self {
        Self {
            is_required: true,
            ..self
        }
    }

    /// Begins after this entry when it is started for the first time, instead of with the first entry of the log.
    pub fn after(self, entry: i64) -> Self {
        Self {
            after: entry,
            ..self
        }
    }

    /// How many entries a batch has at most, and about how many bytes of memory, unless a single entry takes more. 500
    /// and 8 MiB by default.
    pub fn batch(mut self, entries: u64, bytes: usize) -> Self {
        let entries = entries.max(1);
        self.limits = Limits { entries, bytes };
        self.state.most = entries;
        self
    }

    /// How long another process waits for this one when it does not answer: 30 seconds by default.
    pub fn lease(mut self, lease: Duration) -> Self {
        self.worker.lease = lease;
        self
    }

    /// How long the sink may take for a batch: five minutes by default. Afterwards it gets half as many entries.
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// How long an id without an entry keeps later entries waiting on MySQL and MariaDB: five seconds by default; see
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
    /// Where the sink or the database fails, it tries again after a pause, which grows to five minutes.
    /// `tracing` tells of each failure.
    ///
    /// # Errors
    ///
    /// What no retry mends: [`Error::FeedRefused`], [`Error::FeedMissing`], [`Error::LogMissing`], [`Error::Standby`].
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

    /// Gives the lease back, so that another process goes on at once.
    ///
    /// # Errors
    ///
    /// What the database says.
    pub async fn release(&mut self, db: &DatabaseConnection) -> Result<(), Error> {
        self.state.held = None;
        self.worker.release(db).await
    }
}
