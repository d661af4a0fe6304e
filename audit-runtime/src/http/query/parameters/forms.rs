//! Parses and prints the values of URL parameters.

use chrono::{
    DateTime, FixedOffset, NaiveDate, NaiveDateTime, Offset, SecondsFormat, TimeZone, Utc,
};

/// A date, or a time, with or without a zone. Other notations are accepted as well.
pub(super) const TIME: &str = concat!(
    r"^(?:\d{4}|[+-][01]?\d{5})-",
    r"(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1\d|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)",
    r"(?:T(?:[01]\d|2[0-3]):[0-5]\d",
    r"(?::[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)?)?)?$",
);

/// A number that overflows is treated like any other large number.
pub(super) fn limit(text: &str) -> Option<u64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().unwrap_or(u64::MAX);
    (is_number && limit > 0).then_some(limit)
}

pub(super) fn set<T>(field: &mut Option<T>, value: Option<T>) -> Option<()> {
    *field = value;
    field.is_some().then_some(())
}

/// An offset from UTC. The `+` is optional: in a URL, it is a blank if it is not encoded, and blanks are trimmed.
pub(super) const OFFSET: &str = r"^(?:UTC|[+-]?(?:0\d|1[0-4]):[0-5]\d)$";

pub(super) fn offset(text: &str) -> Option<FixedOffset> {
    if text == "UTC" {
        return Some(Utc.fix());
    }
    let (sign, text) = match text.strip_prefix('-') {
        Some(text) => (-1, text),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let number = |part: &str| {
        let is_number = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse::<i32>().ok().filter(|_| is_number)
    };
    let (hours, minutes) = text.split_once(':')?;
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let is_offset = hours <= 14 && minutes < 60;
    is_offset.then(|| FixedOffset::east_opt(sign * (hours * 60 + minutes) * 60))?
}

/// A time without a zone is in `zone`, or in UTC.
pub(super) fn time(text: &str, zone: Option<FixedOffset>) -> Option<DateTime<Utc>> {
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
    let local = || {
        let zone = zone.unwrap_or(Utc.fix());
        let time = zone.from_local_datetime(&without_zone().or_else(date)?);
        Some(time.single()?.to_utc())
    };
    with_zone().or_else(local)
}

pub(super) fn rfc_3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
