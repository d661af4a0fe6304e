//! Times, for people and machines.

use std::fmt;

use chrono::{DateTime, FixedOffset, Offset, SecondsFormat, Utc};
use maud::{Markup, html};

use crate::http::TrailQuery;

/// The zone in which a page shows times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Zone(FixedOffset);

impl Zone {
    pub(super) fn utc() -> Self {
        Self(Utc.fix())
    }

    pub(super) fn of(query: &TrailQuery) -> Self {
        query.tz.map_or(Self::utc(), Self)
    }

    pub(super) fn local(self, time: DateTime<Utc>) -> DateTime<FixedOffset> {
        time.with_timezone(&self.0)
    }

    /// Seconds to the east.
    #[cfg(feature = "axum")]
    pub(super) fn seconds(self) -> i64 {
        self.0.local_minus_utc().into()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.local_minus_utc() {
            0 => formatter.write_str("UTC"),
            _ => write!(formatter, "UTC{}", self.0),
        }
    }
}

pub(super) fn moment(time: DateTime<Utc>, zone: Zone) -> Markup {
    html! {
        time datetime=(time.to_rfc3339_opts(SecondsFormat::Micros, true)) {
            (zone.local(time).format("%Y-%m-%d %H:%M:%S").to_string())
        }
    }
}

pub(super) fn exact(time: DateTime<Utc>, zone: Zone) -> String {
    format!(
        "{} {zone}",
        zone.local(time).format("%Y-%m-%d %H:%M:%S%.6f")
    )
}

/// The approximate age of a time; `None` for a future time.
pub(super) fn ago(time: DateTime<Utc>, now: DateTime<Utc>) -> Option<String> {
    let minutes = (now - time).num_minutes();
    Some(match minutes {
        ..0 => return None,
        0 => "just now".to_owned(),
        1..120 => format!("{minutes} min ago"),
        120..2880 => format!("{} h ago", minutes / 60),
        _ => format!("{} days ago", minutes / 1440),
    })
}

#[cfg(test)]
mod tests {
    use chrono::{FixedOffset, TimeDelta, Utc};

    use super::{Zone, ago, exact};

    #[test]
    fn a_time_is_shown_in_the_zone_of_the_page() {
        let time = "2026-01-31T23:30:00Z".parse().unwrap();
        assert_eq!(exact(time, Zone::utc()), "2026-01-31 23:30:00.000000 UTC");
        let east = Zone(FixedOffset::east_opt(5400).unwrap());
        assert_eq!(exact(time, east), "2026-02-01 01:00:00.000000 UTC+01:30");
    }

    #[test]
    fn a_time_is_some_while_ago() {
        let now = Utc::now();
        for (minutes, expected) in [
            (-1, None),
            (0, Some("just now")),
            (119, Some("119 min ago")),
            (120, Some("2 h ago")),
            (2879, Some("47 h ago")),
            (2880, Some("2 days ago")),
        ] {
            let time = now - TimeDelta::minutes(minutes);
            assert_eq!(ago(time, now).as_deref(), expected, "{minutes}");
        }
    }
}
