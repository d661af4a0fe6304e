//! Months in UTC. A file contains the entries of one month.

use chrono::{DateTime, Datelike, Months, NaiveDate, NaiveTime, Utc};

/// The begin of the moment's month, and of the next one.
pub(super) fn bounds(at: DateTime<Utc>) -> (DateTime<Utc>, DateTime<Utc>) {
    let first = at.date_naive().with_day(1).unwrap_or(NaiveDate::MIN);
    let next = first.checked_add_months(Months::new(1));
    let begin = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
    (begin(first), begin(next.unwrap_or(NaiveDate::MAX)))
}

/// The name of a file.
pub(super) fn file(policy: &str, at: DateTime<Utc>, ids: (i64, i64), attempt: u32) -> String {
    let (year, month, (first, last)) = (at.year(), at.month(), ids);
    let suffix = match attempt {
        1 => String::new(),
        attempt => format!("-{attempt}"),
    };
    format!("policy={policy}/year={year:04}/month={month:02}/{first}-{last}{suffix}.parquet")
}
