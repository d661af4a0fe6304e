//! The trait of sinks, which receive entries.

use std::{error::Error as StdError, fmt};

use sea_orm::prelude::Uuid;

use crate::Entry;

/// A receiver of entries.
///
/// `Ok` means that the receiver has stored all entries of the batch. Otherwise the feed delivers the batch again, so an
/// entry may arrive more than once. Its id, [`Batch::uid`], is always the same. The future may be dropped before it is
/// ready. The next call then has the same entries.
///
/// ```
/// use audit_runtime::feed::{Batch, Sink, SinkError};
///
/// struct Sentences(Vec<String>);
///
/// impl Sink for Sentences {
///     async fn deliver(&mut self, batch: &Batch) -> Result<(), SinkError> {
///         for entry in batch.entries() {
///             self.0.push(format!("{} {entry}", batch.uid(entry)));
///         }
///         Ok(())
///     }
/// }
/// ```
pub trait Sink: Send {
    /// Delivers these entries, in their order.
    fn deliver(&mut self, batch: &Batch) -> impl Future<Output = Result<(), SinkError>> + Send;
}

/// Entries to deliver, in the order of their ids.
#[derive(Clone, Debug)]
pub struct Batch {
    log: Uuid,
    entries: Vec<Entry>,
}

impl Batch {
    /// Creates a batch of entries of this log.
    pub fn new(log: Uuid, entries: impl IntoIterator<Item = Entry>) -> Self {
        let entries = entries.into_iter().collect();
        Self { log, entries }
    }

    /// Returns the id of the log.
    pub fn log(&self) -> Uuid {
        self.log
    }

    /// Returns the entries.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns the id by which a receiver recognizes an entry: `<log>/<entry>`.
    pub fn uid(&self, entry: &Entry) -> String {
        format!("{}/{}", self.log, entry.id)
    }
}

/// The reason why a batch was not delivered.
#[derive(Debug)]
#[non_exhaustive]
pub enum SinkError {
    /// The receiver did not accept the batch, or did not confirm it. It is delivered again.
    Failed(Box<dyn StdError + Send + Sync>),
    /// The receiver rejects this entry, for example because it is too large. After three rejections the feed sets the
    /// entry aside and continues.
    Rejected {
        /// The entry.
        entry: i64,
        /// The receiver's reason.
        why: String,
    },
}

impl SinkError {
    /// The receiver did not accept the batch.
    pub fn failed(error: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::Failed(error.into())
    }

    /// The receiver rejects this entry.
    pub fn rejected(entry: &Entry, why: impl Into<String>) -> Self {
        Self::Rejected {
            entry: entry.id,
            why: why.into(),
        }
    }
}

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => {
                // With its causes, because the outermost error of a client is rarely specific.
                write!(f, "{error}")?;
                let mut cause = error.source();
                while let Some(error) = cause {
                    write!(f, ": {error}")?;
                    cause = error.source();
                }
                Ok(())
            }
            Self::Rejected { entry, why } => write!(f, "entry {entry} was rejected: {why}"),
        }
    }
}

impl StdError for SinkError {}

impl From<std::io::Error> for SinkError {
    fn from(error: std::io::Error) -> Self {
        Self::failed(error)
    }
}
