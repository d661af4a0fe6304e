//! Writes an entry as one line of a file.

mod csv;
mod json;

use chrono::{DateTime, Datelike, SecondsFormat, Utc};

pub(crate) use csv::{COLUMNS, cells, record, without_formula};
pub(crate) use json::escaped;

/// RFC 3339 in UTC with microseconds. It allows only four digits for a year.
pub(crate) fn rfc3339(at: DateTime<Utc>) -> Option<String> {
    let is_writable = (0..=9999).contains(&at.year());
    is_writable.then(|| at.to_rfc3339_opts(SecondsFormat::Micros, true))
}
