//! The sentence of an entry: its heading.

use maud::{Markup, html};

use super::{
    Viewer,
    text::{self, bounded},
};
use crate::{Actor, Entry, Kind, Outcome, text::is_plain};

/// The maximum number of characters of a name. The library writes none that is longer.
pub(super) const LONG: usize = 320;

/// The maximum number where there is little room.
pub(super) const SHORT: usize = 40;

/// The sentence, with names of at most this length.
pub(super) fn sentence(viewer: &Viewer, entry: &Entry, most: usize) -> Markup {
    let entity = || entity(viewer, entry, most);
    html! {
        (actor_within(&entry.actor, most))
        @if let Some(principal) = &entry.on_behalf_of {
            " on behalf of " bdi { (bounded(principal, most)) }
        }
        @match (entry.kind, &*entry.action) {
            (Kind::Change, "CREATE") => { " " span.verb { "created" } " " (entity()) }
            (Kind::Change, "DELETE") => { " " span.verb { "deleted" } " " (entity()) }
            (Kind::Change, _) => { " " span.verb { "changed" } " " (entity()) }
            (Kind::Event | Kind::Unknown, action) => {
                ": " span.verb { (bounded(&viewer.names.event(action), most)) }
                @if entry.entity_type.is_some() { " on " (entity()) }
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

/// The color of an entry. The text contains the same information.
pub(super) fn tone(entry: &Entry) -> &'static str {
    match (entry.kind, &*entry.action, entry.outcome) {
        (_, _, Outcome::Denied | Outcome::Failure) => "refused",
        (Kind::Change, "CREATE", _) => "created",
        (Kind::Change, "DELETE", _) => "deleted",
        (Kind::Change, ..) => "changed",
        (Kind::Event | Kind::Unknown, ..) => "event",
    }
}

pub(super) fn actor(actor: &Actor) -> Markup {
    actor_within(actor, LONG)
}

fn actor_within(actor: &Actor, most: usize) -> Markup {
    if *actor == Actor::anonymous() {
        return html! { "Anonymous" };
    }
    let Some(role) = actor.role_name() else {
        return named(actor.kind(), actor.name(), actor.id(), most);
    };
    let is_told = actor.name().is_some_and(is_plain);
    html! {
        span.kind { (bounded(role, most)) } " " bdi.name { (text::name(actor.name().unwrap_or(actor.id()), most)) }
        @if !is_told {
            " " span.id { "(" (bounded(actor.kind(), most)) " " bdi { (text::name(actor.id(), most)) } ")" }
        }
    }
}

fn entity(viewer: &Viewer, entry: &Entry, most: usize) -> Markup {
    let entity_type = entry.entity_type.as_deref().unwrap_or_default();
    let id = entry.entity_id.as_deref().unwrap_or_default();
    let name = named(entity_type, entry.entity_label.as_deref(), id, most);
    html! {
        @match (viewer.records)(entity_type, id) {
            Some(address) => a href=(address) { (name) },
            None => (name),
        }
    }
}

/// Isolated, so that a right-to-left name does not reorder the sentence.
fn named(kind: &str, name: Option<&str>, id: &str, most: usize) -> Markup {
    html! {
        span.kind { (bounded(kind, most)) } " " bdi.name { (text::name(name.unwrap_or(id), most)) }
        @if name.is_some_and(|name| !is_plain(name)) { " " span.id { "(" bdi { (text::name(id, most)) } ")" } }
    }
}
