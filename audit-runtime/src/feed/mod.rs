//! Feeds, which deliver the log to other systems.
//!
//! A [`Feed`] delivers the log to a [`Sink`], in order and at least once, from where it stopped. Sinks are [`Lines`] for
//! standard output and pipes, [`RotatedFile`], `Webhook` (feature `feed-http`), `JetStream` (`feed-nats`), `Amqp`
//! (`feed-amqp`), and other types that implement the trait.
//!
//! | | |
//! |---|---|
//! | order | that of ids, which for each record is the order of changes |
//! | gaps | none: only [settled](crate::settled) entries are delivered. On MySQL and MariaDB a feed waits five seconds for an id without an entry; an entry that is inserted later than that is missed |
//! | repetitions | after a failure the batch is delivered again. Entries never change, so a receiver that drops every id up to the last one it stored has each entry once |
//! | writers | never wait for a feed |
//! | retention | a purge keeps entries that a [required](Feed::required) feed has not delivered |
//!
//! [`lags`] returns the progress of each feed, [`rejections`] the entries that a receiver rejected.
//!
//! A [`Format`] writes an [`Entry`] as a line: [`JsonLines`] for JSON readers, [`Csv`] for spreadsheets, [`Ocsf`],
//! [`CloudEvents`] and [`Syslog`] for collectors of security events.
//!
//! Every format names the log of an entry by a UUID, which [`log_id`] returns. `<log>/<id>` identifies an entry in any
//! system. A log that was restored from a backup reuses ids, so it needs a new UUID: [`begin_epoch`].
//!
//! ```
//! use audit_runtime::{feed::{Format, JsonLines}, prelude::*};
//! use sea_orm::prelude::Uuid;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let db = sea_orm::Database::connect("sqlite::memory:").await?;
//! # audit_runtime::schema::install(&db).await?;
//! # let context = AuditContext::new(Actor::new("Admin", "7"));
//! # db.audited(&context).record(Event::new("LOGIN")).await?;
//! let format = JsonLines::new(Uuid::parse_str("019aafe2-0c5b-7c6f-8f3e-0123456789ab")?);
//! let page = History::all().page(&db, None, 50).await?;
//! for entry in &page.entries {
//!     print!("{}", format.line(entry));
//! }
//! # Ok(())
//! # }
//! ```
//!
//! Every entry becomes one line without control characters. JSON, and the sentences of [`Syslog`], also contain no
//! characters that change the direction of writing. Only [`Csv`] keeps values unchanged, with line breaks in quotes.

#[cfg(feature = "feed-amqp")]
mod amqp;
mod cloud_events;
mod csv;
mod delivery;
#[expect(clippy::module_inception, reason = "the feed of the room of feeds")]
mod feed;
mod file;
#[cfg(feature = "feed-nats")]
mod jet_stream;
mod json;
mod lines;
mod log_id;
mod ocsf;
mod position;
mod read;
mod sink;
mod start;
mod status;
mod step;
#[cfg(any(feature = "feed-amqp", feature = "feed-nats"))]
mod subject;
mod syslog;
mod tables;
#[cfg(feature = "feed-http")]
mod webhook;

use crate::Entry;
#[cfg(feature = "feed-amqp")]
pub use amqp::Amqp;
pub use cloud_events::CloudEvents;
pub use csv::Csv;
pub use feed::Feed;
pub use file::RotatedFile;
#[cfg(feature = "feed-nats")]
pub use jet_stream::JetStream;
pub use json::{ENTRY_SCHEMA, JsonLines};
pub use lines::Lines;
pub use log_id::{begin_epoch, log_id};
pub use ocsf::Ocsf;
pub use sink::{Batch, Sink, SinkError};
pub use status::{Lag, Rejection, lags, rejections};
pub use step::Step;
pub use syslog::Syslog;
#[cfg(feature = "feed-http")]
pub use webhook::Webhook;

/// A text format for entries.
pub trait Format: Send + Sync {
    /// Returns the text before the first entry, with its line end.
    fn header(&self) -> Option<String> {
        None
    }

    /// Writes an entry, with its line end.
    fn line(&self, entry: &Entry) -> String;

    /// Returns the media type of one entry, such as `application/json`.
    fn media_type(&self) -> &'static str;
}
