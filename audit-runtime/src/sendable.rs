//! The values that a database and its driver accept.

use chrono::{Datelike, NaiveDate, NaiveDateTime, NaiveTime, Timelike};
use sea_orm::{DbBackend, DbErr, Value};

use crate::{dialect::Family, error::UNSENT};

/// Refuses values that cannot be sent.
///
/// For a date out of the range of its encoder, MySQL's driver sends nothing and waits forever for a reply. The server
/// stores years from 10000 to 65535 as NULL (sqlx 0.9.0).
pub(crate) fn check<'a>(
    backend: DbBackend,
    values: impl IntoIterator<Item = &'a Value>,
) -> Result<(), DbErr> {
    let loses_dates = Family::from(backend).loses_dates();
    let refused = values
        .into_iter()
        .any(|value| !is_an_instant(value) || loses_dates && !fits_mysql(value));
    if refused {
        return Err(DbErr::Custom(UNSENT.to_owned()));
    }
    Ok(())
}

/// Whether MySQL may store a value of this kind as NULL.
pub(super) fn may_be_lost(value: &Value) -> bool {
    match value {
        Value::ChronoDate(Some(_))
        | Value::ChronoTime(Some(_))
        | Value::ChronoDateTime(Some(_))
        | Value::ChronoDateTimeUtc(Some(_))
        | Value::ChronoDateTimeLocal(Some(_))
        | Value::ChronoDateTimeWithTimeZone(Some(_)) => true,
        #[cfg(feature = "with-time")]
        Value::TimeDate(Some(_))
        | Value::TimeTime(Some(_))
        | Value::TimeDateTime(Some(_))
        | Value::TimeDateTimeWithTimeZone(Some(_)) => true,
        _ => false,
    }
}

/// Whether the value can be converted to UTC. For the first and last hours that `time` can represent with an offset,
/// the conversion panics.
fn is_an_instant(value: &Value) -> bool {
    match value {
        #[cfg(feature = "with-time")]
        Value::TimeDateTimeWithTimeZone(Some(value)) => in_utc(*value).is_some(),
        _ => true,
    }
}

#[cfg(feature = "with-time")]
use sea_orm::sea_query::value::prelude::time::{OffsetDateTime, UtcOffset};

#[cfg(feature = "with-time")]
fn in_utc(value: OffsetDateTime) -> Option<OffsetDateTime> {
    value.checked_to_offset(UtcOffset::UTC)
}

fn fits_mysql(value: &Value) -> bool {
    match value {
        Value::Float(Some(value)) => value.is_finite(),
        Value::Double(Some(value)) => value.is_finite(),
        Value::ChronoDate(Some(value)) => has_date(*value),
        Value::ChronoTime(Some(value)) => has_time(*value),
        Value::ChronoDateTime(Some(value)) => has(*value),
        Value::ChronoDateTimeUtc(Some(value)) => has(value.naive_utc()),
        Value::ChronoDateTimeLocal(Some(value)) => has(value.naive_utc()),
        Value::ChronoDateTimeWithTimeZone(Some(value)) => has(value.naive_utc()),
        #[cfg(feature = "with-time")]
        Value::TimeDate(Some(value)) => YEARS.contains(&value.year()),
        #[cfg(feature = "with-time")]
        Value::TimeDateTime(Some(value)) => YEARS.contains(&value.year()),
        #[cfg(feature = "with-time")]
        Value::TimeDateTimeWithTimeZone(Some(value)) => {
            in_utc(*value).is_some_and(|value| YEARS.contains(&value.year()))
        }
        _ => true,
    }
}

const YEARS: std::ops::RangeInclusive<i32> = 0..=9999;

fn has(value: NaiveDateTime) -> bool {
    has_date(value.date()) && has_time(value.time())
}

fn has_date(value: NaiveDate) -> bool {
    YEARS.contains(&value.year())
}

/// chrono represents a leap second as a fraction of more than a second.
fn has_time(value: NaiveTime) -> bool {
    value.nanosecond() < 1_000_000_000
}
