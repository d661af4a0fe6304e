//! Times as people write them: a moment, or a span such as a day or a month.

use std::str::FromStr;

use chrono::{DateTime, Days, Months, NaiveDate, NaiveTime, TimeDelta, Utc};

/// A span of time in UTC. For a moment, `begin` and `end` are equal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) begin: DateTime<Utc>,
    /// The begin of the next span.
    pub(super) end: DateTime<Utc>,
}

impl Span {
    /// Its last moment.
    pub(super) fn last(self) -> DateTime<Utc> {
        self.begin.max(self.end - TimeDelta::nanoseconds(1))
    }
}

const FORMS: &str = "write a time as 2026-03-01T09:30:00Z, a day as 2026-03-01, a month as 2026-03, or how long ago as -90m, -12h or -7d";

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let span = ago(text, Utc::now())
            .or_else(|| moment(text))
            .or_else(|| day(text))
            .or_else(|| month(text));
        span.ok_or_else(|| FORMS.to_owned())
    }
}

/// Parses a duration such as `90m` into seconds.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let unit = match text.chars().last()? {
        's' => 1,
        'm' => 60,
        'h' => 60 * 60,
        'd' => 24 * 60 * 60,
        _ => return None,
    };
    let number = &text[..text.len() - 1];
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = is_number.then(|| number.parse().ok())??;
    number.checked_mul(unit)
}

fn ago(text: &str, now: DateTime<Utc>) -> Option<Span> {
    let age = TimeDelta::try_seconds(seconds(text.strip_prefix('-')?)?)?;
    let at = now.checked_sub_signed(age)?;
    Some(Span { begin: at, end: at })
}

fn moment(text: &str) -> Option<Span> {
    let at = DateTime::parse_from_rfc3339(text).ok()?.to_utc();
    Some(Span { begin: at, end: at })
}

fn day(text: &str) -> Option<Span> {
    let day = NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?;
    between(day, day.checked_add_days(Days::new(1))?)
}

fn month(text: &str) -> Option<Span> {
    let first = NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok()?;
    between(first, first.checked_add_months(Months::new(1))?)
}

fn between(first: NaiveDate, next: NaiveDate) -> Option<Span> {
    Some(Span {
        begin: first.and_time(NaiveTime::MIN).and_utc(),
        end: next.and_time(NaiveTime::MIN).and_utc(),
    })
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, Utc};

    use super::{Span, ago};

    #[test]
    fn a_span_counts_whole() {
        for (text, begin, end) in [
            ("2026-03", "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z"),
            ("2026-12", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z"),
            ("2024-02-28", "2024-02-28T00:00:00Z", "2024-02-29T00:00:00Z"),
            (
                "2026-03-01T09:30:00+02:00",
                "2026-03-01T07:30:00Z",
                "2026-03-01T07:30:00Z",
            ),
        ] {
            let expected = Span {
                begin: begin.parse().unwrap(),
                end: end.parse().unwrap(),
            };
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn an_age_counts_from_now() {
        let now = Utc::now();
        for (text, age) in [
            ("-0s", TimeDelta::zero()),
            ("-90m", TimeDelta::minutes(90)),
            ("-12h", TimeDelta::hours(12)),
            ("-7d", TimeDelta::days(7)),
        ] {
            assert_eq!(ago(text, now).map(|span| now - span.begin), Some(age));
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "-",
            "-d",
            "7d",
            "-7w",
            "-1.5h",
            "--7d",
            "-9223372036854775807d",
            "2026",
            "2026-13",
            "2026-02-30",
            "2026-03-01T09:30:00",
            "yesterday",
            "-7ä",
            "+262142-12",
            "262142-12-31",
        ] {
            let refused = text.parse::<Span>().unwrap_err();
            assert!(refused.starts_with("write a time as"), "{text}");
        }
    }
}
