//! The facts of an entry. Those that other entries share link to all of them.

use maud::{Markup, html};

use super::{Sheet, text::bounded, time::exact};
use crate::{Actor, Entry, history::Named, http::TrailQuery};

/// The maximum number of characters of a fact. The library writes none that is longer.
const FACT: usize = 600;

pub(super) fn facts(sheet: &Sheet<'_>, entry: &Entry) -> Markup {
    let source = &entry.source;
    let all = TrailQuery::default;
    let leading = |name, value: &Markup, query: TrailQuery| {
        shown(
            name,
            &html! { a href=(sheet.pivot(&query)) { bdi { (value) } } },
        )
    };
    html! {
        dl.facts {
            (fact("Entry", &entry.id.to_string()))
            (leading("Actor", &bounded(&format!("{:#}", Named::actor(&entry.actor)), FACT), TrailQuery {
                actor: Some(entry.actor.clone()), ..all()
            }))
            @if let Some(principal) = &entry.on_behalf_of {
                @match Actor::from_short_form(principal) {
                    Some(actor) => (leading("On behalf of", &bounded(principal, FACT), TrailQuery {
                        on_behalf_of: Some(actor), ..all()
                    })),
                    None => (fact("On behalf of", principal)),
                }
            }
            (fact("Action", &entry.action))
            (fact("Outcome", entry.outcome.as_str()))
            @if entry.entity_type.is_some() {
                (fact("Record", &format!("{:#}", Named::record(entry))))
            }
            (fact("Time, exactly", &exact(entry.timestamp, sheet.zone())))
            (fact("Recorded at", &exact(entry.recorded_at, sheet.zone())))
            @if let Some(ip) = source.ip {
                (leading("Address", &bounded(&ip.to_string(), FACT), TrailQuery { ip: Some(ip), ..all() }))
            }
            @if let Some(user_agent) = &source.user_agent { (fact("User agent", user_agent)) }
            @if let Some(id) = &source.session_id {
                (leading("Session", &bounded(id, FACT), TrailQuery { session_id: Some(id.clone()), ..all() }))
            }
            @if let Some(id) = &source.request_id {
                (leading("Request", &bounded(id, FACT), TrailQuery { request_id: Some(id.clone()), ..all() }))
            }
            @if let Some(id) = &source.trace_id { (fact("Trace", id)) }
            @if let Some(tenant) = &entry.tenant { (fact("Tenant", tenant)) }
            @if let Some(service) = &entry.service { (fact("Service", service)) }
            (leading("Changeset", &bounded(&entry.changeset_id.to_string(), FACT), TrailQuery {
                changeset: Some(entry.changeset_id), ..all()
            }))
            @if let Some(id) = entry.reverts { (fact("Takes back", &format!("entry {id}"))) }
        }
    }
}

fn fact(name: &str, value: &str) -> Markup {
    shown(name, &html! { bdi { (bounded(value, FACT)) } })
}

fn shown(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}
