//! Conversion of the types of the crate `time` to those of `chrono`.

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
/// The first and last hours that `time` can represent in some zone have no UTC date in `time`. The calendar repeats
/// every 400 years, so the date 400 years away is converted.
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

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::value::prelude::time::{
        Date, Duration, Month, OffsetDateTime, PrimitiveDateTime, Time, UtcOffset,
    };

    use crate::encode::time::Text;
    use crate::encode::time::tests::check;

    #[test]
    fn the_text_is_that_of_chrono() {
        let date = Date::from_calendar_date(2024, Month::March, 1).unwrap();
        let time = Time::from_hms_micro(12, 34, 56, 123_456).unwrap();
        let date_time = PrimitiveDateTime::new(date, time);
        check(date, "2024-03-01");
        check(time, "12:34:56.123456");
        check(time + Duration::nanoseconds(789), "12:34:56.123456789");
        check(date_time, "2024-03-01T12:34:56.123456");
        check(date_time.assume_utc(), "2024-03-01T12:34:56.123456Z");
        check(Date::MIN, "-9999-01-01");
        check(Date::MAX, "9999-12-31");
        check(PrimitiveDateTime::MIN, "-9999-01-01T00:00:00.000000");
        check(PrimitiveDateTime::MAX, "9999-12-31T23:59:59.999999999");
    }

    #[test]
    fn the_ends_of_time_have_a_utc_date_too() {
        let zone = |hours| UtcOffset::from_hms(hours, 0, 0).unwrap();
        let last = PrimitiveDateTime::MAX.assume_offset(zone(-25));
        let first = PrimitiveDateTime::MIN.assume_offset(zone(25));
        assert_eq!(last.to_text(), "+10000-01-02T00:59:59.999999999Z");
        assert_eq!(first.to_text(), "-10000-12-30T23:00:00.000000Z");
        assert_eq!(OffsetDateTime::from_text(&last.to_text()), None);
    }
}
