//! The parameters one by one: how each is read, written and described.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

use super::TrailQuery;
use crate::{
    Outcome,
    write::{from_short_form, short_form},
};

/// One parameter.
pub(in crate::http) struct Parameter {
    pub(in crate::http) name: &'static str,
    /// Reads after "`name` is".
    pub(in crate::http) meaning: &'static str,
    /// `None` if the text is no such value.
    pub(super) set: fn(&mut TrailQuery, &str) -> Option<()>,
    pub(super) get: fn(&TrailQuery) -> Option<String>,
}

pub(in crate::http) const PARAMETERS: [Parameter; 16] = [
    Parameter {
        name: "after",
        meaning: "the `next` of the page before",
        set: |query, text| set(&mut query.after, text.parse().ok()),
        get: |query| query.after.map(|cursor| cursor.to_string()),
    },
    Parameter {
        name: "limit",
        meaning: "how many entries a page holds at most: from 1, 50 unless said otherwise, and never more than 200",
        set: |query, text| {
            set(
                &mut query.limit,
                text.parse().ok().filter(|limit| *limit > 0),
            )
        },
        get: |query| query.limit.map(|limit| limit.to_string()),
    },
    Parameter {
        name: "order",
        meaning: "which entries come first: `newest`, unless it is `oldest`",
        set: |query, text| {
            query.oldest_first = text == "oldest";
            ["newest", "oldest"].contains(&text).then_some(())
        },
        get: |query| query.oldest_first.then(|| "oldest".to_owned()),
    },
    Parameter {
        name: "action",
        meaning: "what was done: `CREATE`, `UPDATE`, `DELETE`, or an event's name",
        set: |query, text| set(&mut query.action, Some(text.to_owned())),
        get: |query| query.action.clone(),
    },
    Parameter {
        name: "outcome",
        meaning: "how it ended: `SUCCESS`, `DENIED` or `FAILURE`",
        set: |query, text| set(&mut query.outcome, outcome(text)),
        get: |query| query.outcome.map(|outcome| outcome.as_str().to_owned()),
    },
    Parameter {
        name: "actor",
        meaning: "by whom: kind and id, as in `Admin:7`",
        set: |query, text| set(&mut query.actor, from_short_form(text)),
        get: |query| query.actor.as_ref().map(short_form),
    },
    Parameter {
        name: "on_behalf_of",
        meaning: "for whom: kind and id, as in `User:12`",
        set: |query, text| set(&mut query.on_behalf_of, from_short_form(text)),
        get: |query| query.on_behalf_of.as_ref().map(short_form),
    },
    Parameter {
        name: "since",
        meaning: "the time from which on: RFC 3339 as in `2026-01-31T12:00:00Z`, or a date or time without zone in UTC",
        set: |query, text| set(&mut query.since, time(text)),
        get: |query| query.since.map(rfc_3339),
    },
    Parameter {
        name: "until",
        meaning: "the time before which: RFC 3339 as in `2026-01-31T12:00:00Z`, or a date or time without zone in UTC",
        set: |query, text| set(&mut query.until, time(text)),
        get: |query| query.until.map(rfc_3339),
    },
    Parameter {
        name: "changeset",
        meaning: "the `changeset_id` of a unit of work",
        set: |query, text| set(&mut query.changeset, text.parse().ok()),
        get: |query| query.changeset.map(|id| id.to_string()),
    },
    Parameter {
        name: "request_id",
        meaning: "the id of a request",
        set: |query, text| set(&mut query.request_id, Some(text.to_owned())),
        get: |query| query.request_id.clone(),
    },
    Parameter {
        name: "session_id",
        meaning: "the id of a session",
        set: |query, text| set(&mut query.session_id, Some(text.to_owned())),
        get: |query| query.session_id.clone(),
    },
    Parameter {
        name: "ip",
        meaning: "an address, as in `203.0.113.9` or `2001:db8::9`",
        set: |query, text| set(&mut query.ip, text.parse().ok()),
        get: |query| query.ip.map(|ip| ip.to_string()),
    },
    Parameter {
        name: "changed",
        meaning: "the name of a field that was changed",
        set: |query, text| set(&mut query.changed, Some(text.to_owned())),
        get: |query| query.changed.clone(),
    },
    Parameter {
        name: "from",
        meaning: "the value that the field given as `changed` had before",
        set: |query, text| set(&mut query.from, Some(text.to_owned())),
        get: |query| query.from.clone(),
    },
    Parameter {
        name: "to",
        meaning: "the value that the field given as `changed` had after",
        set: |query, text| set(&mut query.to, Some(text.to_owned())),
        get: |query| query.to.clone(),
    },
];

fn set<T>(field: &mut Option<T>, value: Option<T>) -> Option<()> {
    *field = value;
    field.is_some().then_some(())
}

fn outcome(text: &str) -> Option<Outcome> {
    [Outcome::Success, Outcome::Denied, Outcome::Failure]
        .into_iter()
        .find(|outcome| outcome.as_str() == text)
}

fn time(text: &str) -> Option<DateTime<Utc>> {
    let with_zone = || Some(DateTime::parse_from_rfc3339(text).ok()?.to_utc());
    let formats = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S%.f"];
    let without_zone = || {
        let mut parsed = formats.iter();
        parsed.find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
    };
    let date = || text.parse::<NaiveDate>().ok()?.and_hms_opt(0, 0, 0);
    with_zone().or_else(|| Some(without_zone().or_else(date)?.and_utc()))
}

fn rfc_3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
