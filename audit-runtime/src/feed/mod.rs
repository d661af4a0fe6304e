//! Entries in the formats of other systems.
//!
//! A [`Format`] writes an [`Entry`] as a line: [`JsonLines`] for JSON readers, [`Csv`] for spreadsheets, [`Ocsf`],
//! [`CloudEvents`] and [`Syslog`] for collectors of security events.
//!
//! Every format names the log of an entry by a UUID that the operator chooses. `<log>/<id>` identifies an entry in any
//! system. A log that was restored from a backup generates ids again, so it needs a new UUID.
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
//! Whatever an entry contains, it becomes one line without control characters. JSON, and the sentences of [`Syslog`],
//! also contain no characters that change the direction of writing. Only [`Csv`] keeps values unchanged, with line
//! breaks in quotes.

mod cloud_events;
mod csv;
mod json;
mod ocsf;
mod syslog;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};

use crate::Entry;
pub use cloud_events::CloudEvents;
pub use csv::Csv;
#[cfg(feature = "cli")]
pub(crate) use json::escaped;
pub use json::{ENTRY_SCHEMA, JsonLines};
pub use ocsf::Ocsf;
pub use syslog::Syslog;

/// A format for entries, one after another.
pub trait Format: Send + Sync {
    /// Returns the text before the first entry, with its line end.
    fn header(&self) -> Option<String> {
        None
    }

    /// Writes an entry, with its line end.
    fn line(&self, entry: &Entry) -> String;
}

/// RFC 3339 in UTC with microseconds. It allows only four digits for a year.
fn rfc3339(at: DateTime<Utc>) -> Option<String> {
    let is_writable = (0..=9999).contains(&at.year());
    is_writable.then(|| at.to_rfc3339_opts(SecondsFormat::Micros, true))
}
