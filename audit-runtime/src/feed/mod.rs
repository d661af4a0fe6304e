//! Entries in the formats that other systems take.
//!
//! A [`Format`] turns an [`Entry`] into a line: [`JsonLines`] for anything that reads JSON, [`Csv`] for spreadsheets,
//! [`Ocsf`], [`CloudEvents`] and [`Syslog`] for what collects security events.
//!
//! Every format says which log an entry is of, by a UUID of the operator's: `<log>/<id>` identifies an entry wherever it
//! goes. A log that was restored from a backup gives out ids a second time, so it needs another UUID.
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
//! Whatever an entry contains, a line is one line without control characters; in JSON and in the sentences of [`Syslog`]
//! it has no characters either that change the direction of writing. [`Csv`] alone keeps values as they are, line breaks
//! in quotes.

mod cloud_events;
mod csv;
mod json;
mod ocsf;
mod syslog;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};

use crate::Entry;
pub use cloud_events::CloudEvents;
pub use csv::Csv;
pub use json::{ENTRY_SCHEMA, JsonLines};
pub use ocsf::Ocsf;
pub use syslog::Syslog;

/// A way to write entries, one after another.
pub trait Format: Send + Sync {
    /// What stands before the first entry, with its line end.
    fn header(&self) -> Option<String> {
        None
    }

    /// An entry, with its line end.
    fn line(&self, entry: &Entry) -> String;
}

/// RFC 3339 in UTC with microseconds, which has no more than four digits for a year.
fn rfc3339(at: DateTime<Utc>) -> Option<String> {
    let is_writable = (0..=9999).contains(&at.year());
    is_writable.then(|| at.to_rfc3339_opts(SecondsFormat::Micros, true))
}
