//! The sentence of an entry: its heading.

use maud::{Markup, html};

use super::{
    Viewer,
    text::{self, visible},
};
use crate::{Actor, Entry, Kind, Outcome, text::is_plain};

pub(super) fn sentence(viewer: &Viewer, entry: &Entry) -> Markup {
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
                ": " span.verb { (visible(&viewer.names.event(action))) }
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

/// Isolated, so that a right-to-left name does not reorder the sentence.
fn named(kind: &str, name: Option<&str>, id: &str) -> Markup {
    html! {
        span.kind { (visible(kind)) } " " bdi.name { (text::name(name.unwrap_or(id))) }
        @if name.is_some_and(|name| !is_plain(name)) { " " span.id { "(" bdi { (text::name(id)) } ")" } }
    }
}
