//! Writes and reads dates and times as text, for the types of `chrono` and of `time`.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc};

#[cfg(feature = "with-time")]
mod with_time;

pub(super) trait Text: Sized {
    fn to_text(&self) -> String;
    fn from_text(text: &str) -> Option<Self>;
}

impl Text for NaiveDate {
    fn to_text(&self) -> String {
        date(self.year(), self.month(), self.day())
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Text for NaiveTime {
    fn to_text(&self) -> String {
        let (hour, minute, second) = (self.hour(), self.minute(), self.second());
        clock(hour, minute, second, self.nanosecond())
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Text for NaiveDateTime {
    fn to_text(&self) -> String {
        format!("{}T{}", self.date().to_text(), self.time().to_text())
    }

    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl<Tz: TimeZone> Text for DateTime<Tz>
where
    DateTime<Tz>: From<DateTime<Utc>>,
{
    fn to_text(&self) -> String {
        format!("{}Z", self.naive_utc().to_text())
    }

    fn from_text(text: &str) -> Option<Self> {
        let utc = NaiveDateTime::from_text(text.strip_suffix('Z')?)?;
        Some(utc.and_utc().into())
    }
}

fn date(year: i32, month: u32, day: u32) -> String {
    match year {
        0..=9999 => format!("{year:04}-{month:02}-{day:02}"),
        _ => format!("{year:+05}-{month:02}-{day:02}"),
    }
}

fn clock(hour: u32, minute: u32, second: u32, nanosecond: u32) -> String {
    // chrono represents a leap second as the second before it, with 1,000,000,000 nanoseconds or more.
    let second = second + nanosecond / 1_000_000_000;
    let nanosecond = nanosecond % 1_000_000_000;
    if nanosecond.is_multiple_of(1_000) {
        let microsecond = nanosecond / 1_000;
        format!("{hour:02}:{minute:02}:{second:02}.{microsecond:06}")
    } else {
        format!("{hour:02}:{minute:02}:{second:02}.{nanosecond:09}")
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Debug;

    use chrono::{
        DateTime, FixedOffset, Local, NaiveDate, NaiveDateTime, NaiveTime, Timelike, Utc,
    };

    use super::Text;

    #[test]
    fn dates() {
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        check(day(2024, 3, 1), "2024-03-01");
        check(day(0, 1, 1), "0000-01-01");
        check(day(9999, 12, 31), "9999-12-31");
        check(day(10_000, 1, 1), "+10000-01-01");
        check(day(-1, 12, 31), "-0001-12-31");
        check(NaiveDate::MIN, "-262143-01-01");
        check(NaiveDate::MAX, "+262142-12-31");
    }

    #[test]
    fn fractions_of_a_second() {
        let at = |nanosecond| NaiveTime::from_hms_nano_opt(12, 34, 56, nanosecond).unwrap();
        check(at(0), "12:34:56.000000");
        check(at(123_456_000), "12:34:56.123456");
        check(at(123_456_789), "12:34:56.123456789");
        check(at(1), "12:34:56.000000001");
    }

    #[test]
    fn leap_seconds() {
        let leap = NaiveTime::from_hms_nano_opt(23, 59, 59, 1_500_000_000).unwrap();
        check(leap, "23:59:60.500000");

        let within_a_minute = NaiveTime::MIN.with_nanosecond(1_500_000_000).unwrap();
        assert_eq!(within_a_minute.to_text(), "00:00:01.500000");
    }

    #[test]
    fn instants_are_utc() {
        let kolkata: DateTime<FixedOffset> = "2024-03-01T18:04:56.123456+05:30".parse().unwrap();
        check(kolkata, "2024-03-01T12:34:56.123456Z");
        check(kolkata.to_utc(), "2024-03-01T12:34:56.123456Z");
        check(
            DateTime::<Local>::from(kolkata),
            "2024-03-01T12:34:56.123456Z",
        );
        check(DateTime::<Utc>::MIN_UTC, "-262143-01-01T00:00:00.000000Z");
        check(
            DateTime::<Utc>::MAX_UTC,
            "+262142-12-31T23:59:59.999999999Z",
        );
        check(NaiveDateTime::MAX, "+262142-12-31T23:59:59.999999999");
        for hours in [-23, 23] {
            let zone = FixedOffset::east_opt(hours * 3_600).unwrap();
            for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
                let there =
                    DateTime::<FixedOffset>::from_naive_utc_and_offset(end.naive_utc(), zone);
                assert_eq!(there.to_text(), end.to_text());
            }
        }
        for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert_eq!(
                DateTime::<Local>::from_text(&end.to_text()),
                Some(end.into())
            );
        }
    }

    #[test]
    fn what_is_no_time_is_none() {
        assert_eq!(NaiveDate::from_text("2023-02-29"), None);
        assert_eq!(NaiveTime::from_text("24:00:00"), None);
        assert_eq!(
            DateTime::<Utc>::from_text("2024-03-01T12:34:56.000000"),
            None
        );
        assert_eq!(
            DateTime::<Utc>::from_text("+999999-03-01T12:34:56.000000Z"),
            None
        );
    }

    pub(super) fn check<T: Text + Debug + PartialEq>(value: T, text: &str) {
        assert_eq!(value.to_text(), text);
        assert_eq!(T::from_text(text), Some(value));
    }
}
