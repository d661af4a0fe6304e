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
    sentence::{sentence, tone},
    text::{cut, spelled_out, visible},
    time::{ago, moment},
    value,
};
use crate::{
    Entry, Kind, audit_log::ACTOR_ROLE, changes::Change, encode::Encoded, http::TrailQuery,
};

/// The difference of the two clocks from which on it is shown.
const CLOCK_DIFFERENCE: TimeDelta = TimeDelta::minutes(1);

/// The maximum number of metadata values that are shown, and the maximum length of their names.
const TOLD: usize = 100;
const KEY: usize = 100;

pub(super) fn article(sheet: &Sheet<'_>, entry: &Entry) -> Markup {
    let detail = sheet.ink.detail;
    let heading = format!("entry-{}-heading", entry.id);
    let is_bare = entry.changes.is_empty() && entry.reason.is_none();
    html! {
        article.entry.(tone(entry)).bare[is_bare] id={ "entry-" (entry.id) } aria-labelledby=(heading) {
            p.when {
                @match detail {
                    Detail::Short => a href=(alone(entry)) title="this unit of work alone" { (moment(entry.timestamp)) },
                    Detail::Whole => (moment(entry.timestamp)),
                }
                @if let Some(ago) = ago(entry.timestamp, sheet.now) { " " span.ago { (ago) } }
            }
            h2 id=(heading) { (sentence(sheet.viewer, entry)) }
            @if !is_bare {
                p.brief {
                    (brief(sheet, entry))
                    @if let Some(reason) = &entry.reason { " " span.reason { "Reason: " bdi { (visible(reason)) } } }
                }
            }
            p.from { @if let Some(ip) = entry.source.ip { span.vh { "from " } (ip) } }
            details.detail open[detail == Detail::Whole] {
                summary { "Details" span.vh { " of entry " (entry.id) } }
                (clocks(entry))
                (changes(sheet, entry))
                (then(sheet, entry))
                (metadata(entry.metadata.as_ref(), &sheet.ink))
                (facts(sheet, entry))
            }
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

fn clocks(entry: &Entry) -> Markup {
    let difference = (entry.timestamp - entry.recorded_at).abs();
    html! {
        @if difference > CLOCK_DIFFERENCE {
            p.note {
                "The database's clock said " (moment(entry.recorded_at))
                " UTC: one of the two clocks is wrong, or the transaction was long."
            }
        }
    }
}

/// On the page of a record or an entity, a field leads to all of its changes.
fn changes(sheet: &Sheet<'_>, entry: &Entry) -> Markup {
    let entity_type = entry.entity_type.as_deref();
    let is_of_page = |field: &str| match sheet.desk.asking {
        Asking::Entity(fields) => fields.contains(&field),
        Asking::Log(_) => false,
    };
    let changes_of = |field: &str| TrailQuery {
        changed: Some(field.to_owned()),
        ..TrailQuery::default()
    };
    html! {
        @if !entry.changes.is_empty() {
            dl.changes {
                @for (field, change) in entry.changes.iter() {
                    @let name = sheet.viewer.names.field(entity_type, field);
                    div {
                        dt title=[(name != field).then(|| spelled_out(field))] {
                            @match is_of_page(field) {
                                true => a href={ "?" (changes_of(field)) } { (visible(&name)) },
                                false => (visible(&name)),
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

/// The query of all changes of this field to the same value, if the whole log can be asked for it.
fn same_change(
    sheet: &Sheet<'_>,
    entity_type: Option<&str>,
    field: &str,
    change: &Change,
) -> Option<TrailQuery> {
    let entity = sheet.searched(entity_type?)?;
    let to = match change.after.as_ref()? {
        Encoded::Plain(Json::String(text)) if text.len() <= KEY => text.clone(),
        Encoded::Plain(json @ (Json::Bool(_) | Json::Number(_))) => json.to_string(),
        _ => return None,
    };
    let is_field = entity.fields.contains(&field);
    is_field.then(|| TrailQuery {
        entity_type: Some(entity.entity_type().to_owned()),
        changed: Some(field.to_owned()),
        to: Some(to),
        ..TrailQuery::default()
    })
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
