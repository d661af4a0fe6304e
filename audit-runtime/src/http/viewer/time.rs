//! Times, for people and machines.

use chrono::{DateTime, SecondsFormat, Utc};
use maud::{Markup, html};

pub(super) fn moment(time: DateTime<Utc>) -> Markup {
    html! {
        time datetime=(time.to_rfc3339_opts(SecondsFormat::Micros, true)) {
            (time.format("%Y-%m-%d %H:%M:%S").to_string())
        }
    }
}

pub(super) fn exact(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.6f UTC").to_string()
}

/// How long ago it was, roughly. Nothing for a time that is still to come.
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
    use chrono::{TimeDelta, Utc};

    use super::ago;

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
