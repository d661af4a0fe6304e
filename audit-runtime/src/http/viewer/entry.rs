//! One entry of a timeline: a line, and its detail.

use chrono::TimeDelta;
use maud::{Markup, html};
use serde_json::Value as Json;

use super::{
    Asking, Detail, Sheet,
    brief::brief,
    facts::facts,
    ink::Ink,
    mounted::Mount,
    sentence::{LONG, SHORT, sentence, tone},
    text::{bounded, spelled_out},
    time::{ago, moment},
    value,
};
use crate::{
    Entry, Kind, audit_log::ACTOR_ROLE, changes::Change, encode::Encoded, http::TrailQuery,
};

/// A larger difference of the two clocks is shown.
const CLOCK_DIFFERENCE: TimeDelta = TimeDelta::minutes(1);

/// The maximum number of metadata values that are shown, and the maximum length of their names.
const TOLD: usize = 100;
const KEY: usize = 100;

/// The maximum length of a reason.
const REASON: usize = 1100;

pub(super) fn article(sheet: &Sheet<'_>, entry: &Entry) -> Markup {
    let detail = sheet.ink.detail;
    let heading = format!("entry-{}-heading", entry.id);
    if sheet.ink.is_used_up() {
        return line(sheet, entry, &heading);
    }
    let is_bare = entry.changes.is_empty() && entry.reason.is_none();
    html! {
        article.entry.(tone(entry)).bare[is_bare] id={ "entry-" (entry.id) } aria-labelledby=(heading) {
            p.when {
                @match detail {
                    Detail::Short => a href=(alone(sheet, entry)) title="this unit of work alone" { (moment(entry.timestamp, sheet.zone())) },
                    Detail::Whole => (moment(entry.timestamp, sheet.zone())),
                }
                @if let Some(ago) = ago(entry.timestamp, sheet.now) { " " span.ago { (ago) } }
            }
            h2 id=(heading) { (sentence(sheet.viewer, entry, LONG)) }
            @if !is_bare {
                p.brief {
                    (brief(sheet, entry))
                    @if let Some(reason) = &entry.reason { " " span.reason { "Reason: " bdi { (bounded(reason, REASON)) } } }
                }
            }
            p.from { @if let Some(ip) = entry.source.ip { span.vh { "from " } (ip) } }
            details.detail open[detail == Detail::Whole] {
                summary { "Details" span.vh { " of entry " (entry.id) } }
                (clocks(sheet, entry))
                (changes(sheet, entry))
                (then(sheet, entry))
                (metadata(entry.metadata.as_ref(), &sheet.ink))
                (facts(sheet, entry))
            }
        }
    }
}

/// An entry on a full page.
fn line(sheet: &Sheet<'_>, entry: &Entry, heading: &str) -> Markup {
    html! {
        article.entry.(tone(entry)).bare id={ "entry-" (entry.id) } aria-labelledby=(heading) {
            p.when { a href=(alone(sheet, entry)) { (moment(entry.timestamp, sheet.zone())) } }
            h2 id=(heading) { (sentence(sheet.viewer, entry, SHORT)) }
            p.from { em.none { "left out: this page is full" } }
        }
    }
}

/// The address of an entry: its changeset on this page.
fn alone(sheet: &Sheet<'_>, entry: &Entry) -> String {
    let query = TrailQuery {
        changeset: Some(entry.changeset_id),
        ..TrailQuery::default()
    };
    format!("?{}#entry-{}", sheet.here(&query), entry.id)
}

fn clocks(sheet: &Sheet<'_>, entry: &Entry) -> Markup {
    let difference = (entry.timestamp - entry.recorded_at).abs();
    html! {
        @if difference > CLOCK_DIFFERENCE {
            p.note {
                "The database's clock said " (moment(entry.recorded_at, sheet.zone()))
                " " (sheet.zone()) ": one of the two clocks is wrong, or the transaction was long."
            }
        }
    }
}

/// On the page of a record or an entity, a field links to all its changes.
fn changes(sheet: &Sheet<'_>, entry: &Entry) -> Markup {
    let entity_type = entry.entity_type.as_deref();
    let is_of_page = |field: &str| match sheet.desk.asking {
        Asking::Entity(fields) => fields.contains(&field),
        _ => false,
    };
    let changes_of = |field: &str| {
        sheet.here(&TrailQuery {
            changed: Some(field.to_owned()),
            ..TrailQuery::default()
        })
    };
    html! {
        @if !entry.changes.is_empty() {
            dl.changes {
                @for (field, change) in entry.changes.iter() {
                    @let name = sheet.viewer.names.field(entity_type, field);
                    div {
                        dt title=[(name != field).then(|| spelled_out(field))] {
                            @match is_of_page(field) {
                                true => a href={ "?" (changes_of(field)) } { (bounded(&name, KEY)) },
                                false => (bounded(&name, KEY)),
                            }
                        }
                        dd {
                            (value::change(change, &sheet.ink))
                            @if let Some(query) = same_change(sheet, entity_type, field, change) {
                                " " a.such href=(sheet.pivot(&query)) { "all such changes" }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// A link to the whole record right after the entry.
fn then(sheet: &Sheet<'_>, entry: &Entry) -> Markup {
    let (entity_type, id) = (entry.entity_type.as_deref(), entry.entity_id.as_deref());
    let address = match (entry.kind, entity_type, id) {
        (Kind::Change, Some(of), Some(id)) if sheet.viewer.mounted.has(Mount::States, of) => {
            (sheet.viewer.states)(of, id, entry.id)
        }
        _ => None,
    };
    html! { @if let Some(address) = address { p { a href=(address) { "The whole record then" } } } }
}

/// The query of all changes of this field to the same value, if the whole log can be searched for it.
fn same_change(
    sheet: &Sheet<'_>,
    entity_type: Option<&str>,
    field: &str,
    change: &Change,
) -> Option<TrailQuery> {
    let entity = sheet.searched(entity_type?)?;
    let to = searchable(change.after.as_ref()?)?;
    let is_field = entity.fields.contains(&field);
    is_field.then(|| TrailQuery {
        entity_type: Some(entity.entity_type().to_owned()),
        changed: Some(field.to_owned()),
        to: Some(to),
        ..TrailQuery::default()
    })
}

/// A value as the parameter that finds it, if it is short.
pub(super) fn searchable(value: &Encoded) -> Option<String> {
    match value {
        Encoded::Plain(Json::String(text)) if text.len() <= KEY => Some(text.clone()),
        Encoded::Plain(json @ (Json::Bool(_) | Json::Number(_))) => Some(json.to_string()),
        _ => None,
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
    html! {
        div {
            dt { (bounded(key, KEY)) }
            dd { bdi { (value::told(value, ink)) } }
        }
    }
}
