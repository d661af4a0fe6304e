//! One entry of a timeline.

use chrono::{DateTime, TimeDelta, Utc};
use maud::{Markup, html};
use serde_json::Value as Json;

use super::{Detail, text::visible, value};
use crate::{Actor, Entry, Kind, Outcome};

/// Clocks that are further apart than this are worth a word.
const CLOCK_DIFFERENCE: TimeDelta = TimeDelta::minutes(1);

pub(super) fn article(entry: &Entry, detail: Detail) -> Markup {
    let heading = format!("entry-{}-heading", entry.id);
    html! {
        article.entry.(tone(entry)) id={ "entry-" (entry.id) } aria-labelledby=(heading) {
            h2 id=(heading) { (sentence(entry)) }
            p.when {
                @match detail {
                    Detail::Short => a href={ "?entry=" (entry.id) } title="this entry alone" { (moment(entry.timestamp)) },
                    Detail::Whole => (moment(entry.timestamp)),
                }
                @match entry.source.ip {
                    Some(ip) => { " from " (ip) }
                    None => " from an address that was not given",
                }
            }
            @if let Some(reason) = &entry.reason {
                p.reason { span.label { "Reason: " } bdi { (visible(reason)) } }
            }
            (clocks(entry))
            @if !entry.changes.is_empty() {
                dl.changes {
                    @for (field, change) in entry.changes.iter() {
                        div { dt { (visible(field)) } dd { (value::change(change, detail)) } }
                    }
                }
            }
            (metadata(entry.metadata.as_ref()))
            (facts(entry, detail))
        }
    }
}

/// What colour an entry has. Its words say the same.
fn tone(entry: &Entry) -> &'static str {
    match (entry.kind, &*entry.action, entry.outcome) {
        (_, _, Outcome::Denied | Outcome::Failure) => "refused",
        (Kind::Change, "CREATE", _) => "created",
        (Kind::Change, "DELETE", _) => "deleted",
        (Kind::Change, ..) => "changed",
        (Kind::Event, ..) => "event",
    }
}

fn sentence(entry: &Entry) -> Markup {
    html! {
        (actor(&entry.actor))
        @if let Some(principal) = &entry.on_behalf_of {
            " on behalf of " bdi { (visible(principal)) }
        }
        @match (entry.kind, &*entry.action) {
            (Kind::Change, "CREATE") => { " " span.verb { "created" } " " (entity(entry)) }
            (Kind::Change, "DELETE") => { " " span.verb { "deleted" } " " (entity(entry)) }
            (Kind::Change, _) => { " " span.verb { "changed" } " " (entity(entry)) }
            (Kind::Event, action) => {
                ": " span.verb { (visible(action)) }
                @if entry.entity_type.is_some() { " on " (entity(entry)) }
                @match entry.outcome {
                    Outcome::Success => {}
                    Outcome::Denied => ", denied",
                    Outcome::Failure => ", failed",
                }
            }
        }
    }
}

fn actor(actor: &Actor) -> Markup {
    if *actor == Actor::anonymous() {
        return html! { "Anonymous" };
    }
    named(actor.kind(), actor.name().unwrap_or(actor.id()))
}

fn entity(entry: &Entry) -> Markup {
    let id = entry.entity_label.as_ref().or(entry.entity_id.as_ref());
    named(
        entry.entity_type.as_deref().unwrap_or_default(),
        id.map_or("", |id| id),
    )
}

/// Isolated, so that a name from right to left does not rearrange the sentence.
fn named(kind: &str, name: &str) -> Markup {
    html! { span.kind { (visible(kind)) } " " bdi.name { (visible(name)) } }
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

fn facts(entry: &Entry, detail: Detail) -> Markup {
    html! {
        details.facts open[detail == Detail::Whole] {
            summary { "Who, from where and the rest" }
            dl {
                (fact("Entry", Some(&entry.id.to_string())))
                (fact("Actor", Some(&described(&entry.actor))))
                (fact("On behalf of", entry.on_behalf_of.as_deref()))
                (fact("Action", Some(&entry.action)))
                (fact("Outcome", Some(entry.outcome.as_str())))
                (fact("Record", record(entry).as_deref()))
                (fact("Time, exactly", Some(&exact(entry.timestamp))))
                (fact("Recorded at", Some(&exact(entry.recorded_at))))
                (fact("Address", entry.source.ip.map(|ip| ip.to_string()).as_deref()))
                (fact("User agent", entry.source.user_agent.as_deref()))
                (fact("Session", entry.source.session_id.as_deref()))
                (fact("Request", entry.source.request_id.as_deref()))
                (fact("Trace", entry.source.trace_id.as_deref()))
                (fact("Tenant", entry.tenant.as_deref()))
                (fact("Service", entry.service.as_deref()))
                (fact("Changeset", Some(&entry.changeset_id.to_string())))
                @if let Some(id) = entry.reverts {
                    div { dt { "Takes back" } dd { a href={ "?entry=" (id) } { "entry " (id) } } }
                }
            }
        }
    }
}

fn fact(name: &str, value: Option<&str>) -> Markup {
    html! {
        @if let Some(value) = value {
            div { dt { (name) } dd { bdi { (visible(value)) } } }
        }
    }
}

/// The application's own words stand apart from the facts, so that they pass for none of them.
fn metadata(metadata: Option<&Json>) -> Markup {
    let text = |value: &Json| match value {
        Json::String(text) => text.clone(),
        _ => value.to_string(),
    };
    html! {
        @match metadata {
            None => {}
            Some(Json::Object(fields)) => dl.told {
                @for (key, value) in fields { (told(key, &text(value))) }
            },
            Some(value) => dl.told { (told("metadata", &text(value))) },
        }
    }
}

fn told(key: &str, value: &str) -> Markup {
    html! { div { dt { (visible(key)) } dd { bdi.value { (visible(value)) } } } }
}

fn described(actor: &Actor) -> String {
    let name = actor.name().map(|name| format!(", {name}"));
    format!(
        "{} {}{}",
        actor.kind(),
        actor.id(),
        name.unwrap_or_default()
    )
}

fn record(entry: &Entry) -> Option<String> {
    let entity_type = entry.entity_type.as_ref()?;
    let id = entry.entity_id.as_deref().unwrap_or_default();
    Some(format!("{entity_type} {id}"))
}

fn exact(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.6f UTC").to_string()
}
