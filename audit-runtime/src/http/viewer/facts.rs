//! The details of an entry.

use chrono::{DateTime, Utc};
use maud::{Markup, html};

use super::{Detail, text::visible};
use crate::{Entry, history::Named, http::TrailQuery};

pub(super) fn facts(entry: &Entry, detail: Detail) -> Markup {
    let source = &entry.source;
    // Each link also filters by the actor, which has an index.
    let by_actor = || TrailQuery {
        actor: Some(entry.actor.clone()),
        ..TrailQuery::default()
    };
    html! {
        details.facts open[detail == Detail::Whole] {
            summary { "Who, from where and the rest" }
            dl {
                (fact("Entry", &entry.id.to_string()))
                (leading("Actor", &html! { (format!("{:#}", Named::actor(&entry.actor))) }, &by_actor()))
                @if let Some(principal) = &entry.on_behalf_of { (fact("On behalf of", principal)) }
                (fact("Action", &entry.action))
                (fact("Outcome", entry.outcome.as_str()))
                @if entry.entity_type.is_some() { (shown("Record", &html! { (format!("{:#}", Named::record(entry))) })) }
                (fact("Time, exactly", &exact(entry.timestamp)))
                (fact("Recorded at", &exact(entry.recorded_at)))
                @if let Some(ip) = source.ip {
                    (leading("Address", &visible(&ip.to_string()), &TrailQuery { ip: Some(ip), ..by_actor() }))
                }
                @if let Some(user_agent) = &source.user_agent { (fact("User agent", user_agent)) }
                @if let Some(id) = &source.session_id {
                    (leading("Session", &visible(id), &TrailQuery { session_id: Some(id.clone()), ..by_actor() }))
                }
                @if let Some(id) = &source.request_id {
                    (leading("Request", &visible(id), &TrailQuery { request_id: Some(id.clone()), ..by_actor() }))
                }
                @if let Some(id) = &source.trace_id { (fact("Trace", id)) }
                @if let Some(tenant) = &entry.tenant { (fact("Tenant", tenant)) }
                @if let Some(service) = &entry.service { (fact("Service", service)) }
                (leading("Changeset", &visible(&entry.changeset_id.to_string()), &TrailQuery {
                    changeset: Some(entry.changeset_id),
                    ..TrailQuery::default()
                }))
                @if let Some(id) = entry.reverts { (fact("Takes back", &format!("entry {id}"))) }
            }
        }
    }
}

fn fact(name: &str, value: &str) -> Markup {
    shown(name, &visible(value))
}

/// A visible text.
fn shown(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { bdi { (value) } } } }
}

/// A fact with a link to all entries that share it.
fn leading(name: &str, value: &Markup, query: &TrailQuery) -> Markup {
    html! { div { dt { (name) } dd { a href={ "?" (query) } { bdi { (value) } } } } }
}

fn exact(time: DateTime<Utc>) -> String {
    time.format("%Y-%m-%d %H:%M:%S%.6f UTC").to_string()
}
