//! The conditions of a query, as chips that remove them, and links to other queries.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use maud::{Markup, html};

use super::{
    Asking, Desk, Viewer,
    form::label,
    text::visible,
    time::{Zone, moment},
};
use crate::http::TrailQuery;

const SPANS: [(&str, i64); 3] = [("24 hours", 1), ("7 days", 7), ("30 days", 30)];

/// The spans that widen the default one, in days.
const WIDER: [(&str, i64); 3] = [("90 days", 90), ("1 year", 365), ("10 years", 3650)];

pub(super) fn chips(query: &TrailQuery) -> Markup {
    let zone = Zone::of(query);
    let local = |time: DateTime<Utc>| zone.local(time).format("%Y-%m-%d %H:%M:%S").to_string();
    let chips = query.conditions_as_text().map(|(name, value)| match name {
        "since" => (name, query.since.map_or(value, local)),
        "until" => (name, query.until.map_or(value, local)),
        _ => (name, value),
    });
    let chips: Vec<_> = chips.collect();
    let everything = TrailQuery {
        tz: query.tz,
        ..TrailQuery::default()
    };
    html! {
        @if !chips.is_empty() {
            ul.chips aria-label="Active filters" {
                @for (name, value) in &chips {
                    li {
                        a.chip href={ "?" (query.without(name)) } {
                            span.label { span.vh { "Take away: " } (short(label(name))) ": " } bdi { (visible(value)) }
                            span aria-hidden="true" { " ✕" }
                        }
                    }
                }
                li { a href={ "?" (everything) } { "Show everything" } }
            }
        }
    }
}

/// A label without its hint.
fn short(label: &str) -> &str {
    label.split_once(',').map_or(label, |(short, _)| short)
}

/// Spans of time for the query, and on the whole log the application's questions.
pub(super) fn questions(
    viewer: &Viewer,
    query: &TrailQuery,
    desk: &Desk<'_>,
    now: DateTime<Utc>,
) -> Markup {
    let zone = TrailQuery {
        tz: query.tz,
        ..TrailQuery::default()
    };
    let zone = query.tz.map_or(String::new(), |_| format!("?{zone}"));
    html! {
        nav.tools aria-label="Questions" {
            span.label { "Last" }
            @for (name, days) in SPANS { a href={ "?" (since(query, now, days)) } { (name) } }
            @if matches!(desk.asking, Asking::Log(_)) {
                @for (text, question) in &viewer.questions {
                    a href={ "?" (TrailQuery { tz: query.tz, ..question.clone() }) } { (text) }
                }
            }
            @for (address, name) in &desk.beside { a href={ (address) (zone) } { (visible(name)) } }
        }
    }
}

/// A note that a search covers the default span, with links to wider ones.
pub(super) fn bound(query: &TrailQuery, now: DateTime<Utc>) -> Markup {
    html! {
        p.bound {
            "No index serves this search, so it covers the last 30 days"
            @if query.until.is_some() { " before its end" }
            @if let Some(since) = query.since { ", since " (moment(since, Zone::of(query))) " " (Zone::of(query)) }
            ". Wider: "
            @for (name, days) in WIDER { a href={ "?" (since(query, now, days)) } { (name) } " " }
        }
    }
}

fn since(query: &TrailQuery, now: DateTime<Utc>, days: i64) -> TrailQuery {
    TrailQuery {
        after: None,
        since: Some(days_before(query.until.unwrap_or(now).min(now), days)),
        ..query.clone()
    }
}

/// The query, for the default span of time.
#[cfg(feature = "axum")]
pub(super) fn bounded(query: TrailQuery) -> TrailQuery {
    since(&query, Utc::now(), 30)
}

fn days_before(time: DateTime<Utc>, days: i64) -> DateTime<Utc> {
    let earlier = time.checked_sub_signed(TimeDelta::days(days));
    earlier.unwrap_or(time).trunc_subsecs(0)
}
