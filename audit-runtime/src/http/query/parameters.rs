//! The URL parameters: how each is parsed, printed and described.

use chrono::{DateTime, NaiveDate, NaiveDateTime, SecondsFormat, Utc};

use super::TrailQuery;
use crate::Outcome;
use crate::context::Actor;

/// One parameter.
pub(in crate::http) struct Parameter {
    pub(in crate::http) name: &'static str,
    /// Reads after "`name` is".
    pub(in crate::http) meaning: &'static str,
    /// Whether blanks at its ends belong to it.
    pub(super) is_text: bool,
    /// `None` if the text is no such value.
    pub(super) set: fn(&mut TrailQuery, &str) -> Option<()>,
    pub(super) get: fn(&TrailQuery) -> Option<String>,
}

pub(in crate::http) const PARAMETERS: [Parameter; 17] = [
    Parameter {
        name: "after",
        meaning: "the `next` of the page before",
        is_text: false,
        set: |query, text| set(&mut query.after, text.parse().ok()),
        get: |query| query.after.map(|cursor| cursor.to_string()),
    },
    Parameter {
        name: "limit",
        meaning: "how many entries a page holds at most: from 1, 50 unless said otherwise, and never more than 200",
        is_text: false,
        set: |query, text| set(&mut query.limit, limit(text)),
        get: |query| query.limit.map(|limit| limit.to_string()),
    },
    Parameter {
        name: "order",
        meaning: "which entries come first: `newest`, unless it is `oldest`",
        is_text: false,
        set: |query, text| {
            query.oldest_first = text == "oldest";
            ["newest", "oldest"].contains(&text).then_some(())
        },
        get: |query| query.oldest_first.then(|| "oldest".to_owned()),
    },
    Parameter {
        name: "action",
        meaning: "what was done: `CREATE`, `UPDATE`, `DELETE`, or an event's name",
        is_text: true,
        set: |query, text| set_text(&mut query.action, text),
        get: |query| not_empty(&query.action),
    },
    Parameter {
        name: "outcome",
        meaning: "how it ended: `SUCCESS`, `DENIED` or `FAILURE`",
        is_text: false,
        set: |query, text| set(&mut query.outcome, outcome(text)),
        get: |query| query.outcome.map(|outcome| outcome.as_str().to_owned()),
    },
    Parameter {
        name: "actor",
        meaning: "by whom: kind and id, as in `Admin:7`",
        is_text: true,
        set: |query, text| set(&mut query.actor, Actor::from_short_form(text)),
        get: |query| query.actor.as_ref().map(Actor::short_form),
    },
    Parameter {
        name: "on_behalf_of",
        meaning: "for whom: kind and id, as in `User:12`",
        is_text: true,
        set: |query, text| set(&mut query.on_behalf_of, Actor::from_short_form(text)),
        get: |query| query.on_behalf_of.as_ref().map(Actor::short_form),
    },
    Parameter {
        name: "since",
        meaning: "the time from which on: RFC 3339 as in `2026-01-31T12:00:00Z`, or a date or time without zone in UTC",
        is_text: false,
        set: |query, text| set(&mut query.since, time(text)),
        get: |query| query.since.map(rfc_3339),
    },
    Parameter {
        name: "until",
        meaning: "the time before which: RFC 3339 as in `2026-01-31T12:00:00Z`, or a date or time without zone in UTC",
        is_text: false,
        set: |query, text| set(&mut query.until, time(text)),
        get: |query| query.until.map(rfc_3339),
    },
    Parameter {
        name: "changeset",
        meaning: "the `changeset_id` of a unit of work",
        is_text: false,
        set: |query, text| set(&mut query.changeset, text.parse().ok()),
        get: |query| query.changeset.map(|id| id.to_string()),
    },
    Parameter {
        name: "request_id",
        meaning: "the id of a request",
        is_text: true,
        set: |query, text| set_text(&mut query.request_id, text),
        get: |query| not_empty(&query.request_id),
    },
    Parameter {
        name: "session_id",
        meaning: "the id of a session",
        is_text: true,
        set: |query, text| set_text(&mut query.session_id, text),
        get: |query| not_empty(&query.session_id),
    },
    Parameter {
        name: "ip",
        meaning: "an address, as in `203.0.113.9` or `2001:db8::9`",
        is_text: false,
        set: |query, text| set(&mut query.ip, text.parse().ok()),
        get: |query| query.ip.map(|ip| ip.to_string()),
    },
    Parameter {
        name: "changed",
        meaning: "the name of a field that was changed",
        is_text: true,
        set: |query, text| set_text(&mut query.changed, text),
        get: |query| not_empty(&query.changed),
    },
    Parameter {
        name: "from",
        meaning: "the value that the field given as `changed` had before",
        is_text: true,
        set: |query, text| set_text(&mut query.from, text),
        get: |query| not_empty(&query.from),
    },
    Parameter {
        name: "to",
        meaning: "the value that the field given as `changed` had after",
        is_text: true,
        set: |query, text| set_text(&mut query.to, text),
        get: |query| not_empty(&query.to),
    },
    Parameter {
        name: "empty",
        meaning: "the names of parameters whose value is the empty text, separated by commas: \
                  of `action`, `request_id`, `session_id`, `changed`, `from` and `to`",
        is_text: false,
        set: |query, names| {
            let mut texts = texts(query);
            names.split(',').try_for_each(|name| {
                let (_, text) = texts.iter_mut().find(|(known, _)| *known == name)?;
                set_text(text, "")
            })
        },
        get: |query| {
            let mut query = query.clone();
            let empty = texts(&mut query).into_iter().filter_map(|(name, text)| {
                let is_empty = text.as_ref().is_some_and(String::is_empty);
                is_empty.then_some(name)
            });
            let names = empty.collect::<Vec<_>>().join(",");
            (!names.is_empty()).then_some(names)
        },
    },
];

/// The parameters that take any text.
fn texts(query: &mut TrailQuery) -> [(&'static str, &mut Option<String>); 6] {
    [
        ("action", &mut query.action),
        ("request_id", &mut query.request_id),
        ("session_id", &mut query.session_id),
        ("changed", &mut query.changed),
        ("from", &mut query.from),
        ("to", &mut query.to),
    ]
}

/// `None` if there is one already.
fn set_text(field: &mut Option<String>, text: &str) -> Option<()> {
    match field {
        Some(_) => None,
        None => set(field, Some(text.to_owned())),
    }
}

/// A parameter without a value is absent.
fn not_empty(text: &Option<String>) -> Option<String> {
    text.clone().filter(|text| !text.is_empty())
}

/// A number that is too large for a number is more than a page holds, like any other.
fn limit(text: &str) -> Option<u64> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().unwrap_or(u64::MAX);
    (is_number && limit > 0).then_some(limit)
}

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
    let with_zone = || match text.starts_with(['+', '-']) {
        // A year that RFC 3339 has not.
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

fn rfc_3339(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
