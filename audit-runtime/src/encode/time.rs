//! Dates and times as text, the same whether they are chrono's or time's.

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
    // chrono's leap second is the second before it, with a nanosecond of a thousand million or more.
    let second = second + nanosecond / 1_000_000_000;
    let nanosecond = nanosecond % 1_000_000_000;
    if nanosecond.is_multiple_of(1_000) {
        let microsecond = nanosecond / 1_000;
        format!("{hour:02}:{minute:02}:{second:02}.{microsecond:06}")
    } else {
        format!("{hour:02}:{minute:02}:{second:02}.{nanosecond:09}")
    }
}
