//! One entry of a timeline.

use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};
use serde_json::Value as Json;

use super::{
    Detail, Viewer,
    facts::facts,
    ink::Ink,
    text::{self, cut, visible},
    value,
};
use crate::{Actor, Entry, Kind, Outcome, audit_log::ACTOR_ROLE, http::TrailQuery, text::is_plain};

/// The difference of the two clocks from which on it is shown.
const CLOCK_DIFFERENCE: TimeDelta = TimeDelta::minutes(1);

/// The maximum number of metadata values that are shown, and the maximum length of their names.
const TOLD: usize = 100;
const KEY: usize = 100;

pub(super) fn article(viewer: &Viewer, entry: &Entry, ink: &Ink) -> Markup {
    let detail = ink.detail;
    let heading = format!("entry-{}-heading", entry.id);
    html! {
        article.entry.(tone(entry)) id={ "entry-" (entry.id) } aria-labelledby=(heading) {
            h2 id=(heading) { (sentence(viewer, entry)) }
            p.when {
                @match detail {
                    Detail::Short => a href=(alone(entry)) title="this unit of work alone" { (moment(entry.timestamp)) },
                    Detail::Whole => (moment(entry.timestamp)),
                }
                @if let Some(ip) = entry.source.ip { " from " (ip) }
            }
            @if let Some(reason) = &entry.reason {
                p.reason { span.label { "Reason: " } bdi { (visible(reason)) } }
            }
            (clocks(entry))
            @if !entry.changes.is_empty() {
                dl.changes {
                    @for (field, change) in entry.changes.iter() {
                        div { dt { (visible(field)) } dd { (value::change(change, ink)) } }
                    }
                }
            }
            (metadata(entry.metadata.as_ref(), ink))
            (facts(entry, detail))
        }
    }
}

/// The color of an entry. The text contains the same information.
fn tone(entry: &Entry) -> &'static str {
    match (entry.kind, &*entry.action, entry.outcome) {
        (_, _, Outcome::Denied | Outcome::Failure) => "refused",
        (Kind::Change, "CREATE", _) => "created",
        (Kind::Change, "DELETE", _) => "deleted",
        (Kind::Change, ..) => "changed",
        (Kind::Event | Kind::Unknown, ..) => "event",
    }
}

fn sentence(viewer: &Viewer, entry: &Entry) -> Markup {
    html! {
        (actor(&entry.actor))
        @if let Some(principal) = &entry.on_behalf_of {
            " on behalf of " bdi { (visible(principal)) }
        }
        @match (entry.kind, &*entry.action) {
            (Kind::Change, "CREATE") => { " " span.verb { "created" } " " (entity(viewer, entry)) }
            (Kind::Change, "DELETE") => { " " span.verb { "deleted" } " " (entity(viewer, entry)) }
            (Kind::Change, _) => { " " span.verb { "changed" } " " (entity(viewer, entry)) }
            (Kind::Event | Kind::Unknown, action) => {
                ": " span.verb { (visible(action)) }
                @if entry.entity_type.is_some() { " on " (entity(viewer, entry)) }
                @match entry.outcome {
                    Outcome::Success => {}
                    Outcome::Denied => ", denied",
                    Outcome::Failure => ", failed",
                    Outcome::Unknown => ", with an outcome that is not known",
                }
            }
        }
    }
}

fn actor(actor: &Actor) -> Markup {
    if *actor == Actor::anonymous() {
        return html! { "Anonymous" };
    }
    let Some(role) = actor.role_name() else {
        return named(actor.kind(), actor.name(), actor.id());
    };
    let is_told = actor.name().is_some_and(is_plain);
    html! {
        span.kind { (visible(role)) } " " bdi.name { (text::name(actor.name().unwrap_or(actor.id()))) }
        @if !is_told {
            " " span.id { "(" (visible(actor.kind())) " " bdi { (text::name(actor.id())) } ")" }
        }
    }
}

fn entity(viewer: &Viewer, entry: &Entry) -> Markup {
    let entity_type = entry.entity_type.as_deref().unwrap_or_default();
    let id = entry.entity_id.as_deref().unwrap_or_default();
    let name = named(entity_type, entry.entity_label.as_deref(), id);
    html! {
        @match (viewer.records)(entity_type, id) {
            Some(address) => a href=(address) { (name) },
            None => (name),
        }
    }
}

/// The address of an entry: its changeset on this page.
fn alone(entry: &Entry) -> String {
    let query = TrailQuery {
        changeset: Some(entry.changeset_id),
        ..TrailQuery::default()
    };
    format!("?{query}#entry-{}", entry.id)
}

/// Isolated, so that a right-to-left name does not reorder the sentence.
fn named(kind: &str, name: Option<&str>, id: &str) -> Markup {
    html! {
        span.kind { (visible(kind)) } " " bdi.name { (text::name(name.unwrap_or(id))) }
        @if name.is_some_and(|name| !is_plain(name)) { " " span.id { "(" bdi { (text::name(id)) } ")" } }
    }
}

fn clocks(entry: &Entry) -> Markup {
    let difference = (entry.timestamp - entry.recorded_at).abs();
    html! {
        @if difference > CLOCK_DIFFERENCE {
            p.note {
                "The database's clock said " (moment(entry.recorded_at))
                ": one of the two clocks is wrong, or the transaction was long."
            }
        }
    }
}

fn moment(time: DateTime<Utc>) -> Markup {
    html! {
        time datetime=(time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)) {
            (time.format("%Y-%m-%d %H:%M:%S").to_string()) " UTC"
        }
    }
}

/// Metadata is shown separately, so that it cannot imitate a fact. The role is in the sentence.
fn metadata(metadata: Option<&Json>, ink: &Ink) -> Markup {
    html! {
        @match metadata {
            None => {}
            Some(Json::Object(fields)) => {
                @let own: Vec<_> = fields.iter().filter(|(key, _)| *key != ACTOR_ROLE).collect();
                @if !own.is_empty() {
                    dl.told {
                        @for (key, value) in own.iter().take(TOLD) { (told(key, value, ink)) }
                        @if let Some(more) = own.len().checked_sub(TOLD).filter(|more| *more > 0) {
                            div { dt { "…" } dd { em.none { "and " (more) " more" } } }
                        }
                    }
                }
            },
            Some(value) => dl.told { (told("metadata", value, ink)) },
        }
    }
}

fn told(key: &str, value: &Json, ink: &Ink) -> Markup {
    let (key, left) = cut(key, KEY);
    html! {
        div {
            dt { (visible(key)) @if left > 0 { "…" } }
            dd { bdi { (value::told(value, ink)) } }
        }
    }
}
