//! Parses and prints the values of URL parameters.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

/// A date, or a time, with or without a zone.
pub(super) const TIME: &str = concat!(
    r"^[+-]?\d{1,6}-\d{1,2}-\d{1,2}",
    r"(?:[Tt ]\d{1,2}:\d{1,2}(?::\d{1,2}(?:\.\d+)?)?(?:[Zz]|[+-]\d{2}:\d{2})?)?$",
);

/// A number that overflows is more than a page holds, like any other large number.
pub(super) fn limit(text: &str) -> Option<u64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().unwrap_or(u64::MAX);
    (is_number && limit > 0).then_some(limit)
}

pub(super) fn set<T>(field: &mut Option<T>, value: Option<T>) -> Option<()> {
    *field = value;
    field.is_some().then_some(())
}

pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    let with_zone = || match text.starts_with(['+', '-']) {
        // A year outside of RFC 3339.
        true => text.parse().ok(),
        false => Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc()),
    };
    let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"];
    let without_zone = || {
        let mut parsed = formats.iter();
        parsed.find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
    };
    let date = || text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0);
    with_zone().or_else(|| Some(without_zone().or_else(date)?.and_utc()))
}

pub(super) fn rfc_3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
