//! The types of the crate `time`. They are read by way of chrono's.

use chrono::{Datelike, NaiveDate, NaiveTime, Timelike};
use sea_orm::sea_query::value::prelude::time::{
    Date, Duration, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset,
};

use super::{Text, clock, date};

impl Text for Date {
    fn to_text(&self) -> String {
        date_of(self.year(), *self)
    }

    fn from_text(text: &str) -> Option<Self> {
        let date = NaiveDate::from_text(text)?;
        Date::from_ordinal_date(date.year(), date.ordinal() as u16).ok()
    }
}

impl Text for Time {
    fn to_text(&self) -> String {
        let (hour, minute, second, nanosecond) = self.as_hms_nano();
        clock(hour.into(), minute.into(), second.into(), nanosecond)
    }

    fn from_text(text: &str) -> Option<Self> {
        let time = NaiveTime::from_text(text)?;
        let (hour, minute, second) = (time.hour() as u8, time.minute() as u8, time.second() as u8);
        Time::from_hms_nano(hour, minute, second, time.nanosecond()).ok()
    }
}

impl Text for PrimitiveDateTime {
    fn to_text(&self) -> String {
        format!("{}T{}", self.date().to_text(), self.time().to_text())
    }

    fn from_text(text: &str) -> Option<Self> {
        let (date, time) = text.split_once('T')?;
        Some(PrimitiveDateTime::new(
            Date::from_text(date)?,
            Time::from_text(time)?,
        ))
    }
}

impl Text for OffsetDateTime {
    fn to_text(&self) -> String {
        let (utc, years) = to_utc(*self);
        let date = date_of(utc.year() + years, utc.date());
        format!("{date}T{}Z", utc.time().to_text())
    }

    fn from_text(text: &str) -> Option<Self> {
        let utc = PrimitiveDateTime::from_text(text.strip_suffix('Z')?)?;
        Some(utc.assume_utc())
    }
}

/// The instant in UTC, and the years to add to it.
///
/// The first and last hours that `time` can say in some zone have no UTC date in `time`.
/// The calendar repeats every 400 years, so they have one 400 years away.
fn to_utc(value: OffsetDateTime) -> (OffsetDateTime, i32) {
    const CYCLE: Duration = Duration::days(146_097);
    match value.checked_to_offset(UtcOffset::UTC) {
        Some(utc) => (utc, 0),
        None if value.year() > 0 => ((value - CYCLE).to_offset(UtcOffset::UTC), 400),
        None => ((value + CYCLE).to_offset(UtcOffset::UTC), -400),
    }
}

fn date_of(year: i32, value: Date) -> String {
    date(year, u8::from(value.month()).into(), value.day().into())
}
