//! New entries that need attention, grouped by the search that finds them.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use maud::{Markup, html};
use serde_json::Value as Json;

use crate::{
    Actor, Entry, Outcome,
    changes::Change,
    encode::Encoded,
    http::{
        TrailQuery,
        trail::Searched,
        viewer::{Viewer, entry::searchable, sentence::actor, text::bounded},
    },
};

const FIELDS_REFUSED: &str = "FIELDS_REFUSED";

/// The kind of actor of changes that a guard records, because they were made without an entry.
const DATABASE: &str = "Database";

/// The maximum number of characters of a text.
const CHARACTERS: usize = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Refused,
    Denied,
    Privileges,
    Elsewhere,
}

impl Topic {
    pub(super) const ALL: [Self; 4] = [
        Self::Privileges,
        Self::Denied,
        Self::Refused,
        Self::Elsewhere,
    ];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Refused => "Refused bodies",
            Self::Denied => "Denied and failed",
            Self::Privileges => "Changes of privileges",
            Self::Elsewhere => "Changes made elsewhere",
        }
    }
}

/// The entries that one search finds.
pub(super) struct Line {
    topic: Topic,
    pub(super) text: Markup,
    pub(super) query: TrailQuery,
    pub(super) count: usize,
    /// The actor and the time of the newest entry.
    pub(super) actor: Actor,
    pub(super) newest: DateTime<Utc>,
}

pub(super) struct News<'a> {
    viewer: &'a Viewer,
    entities: &'a [Searched],
    since: DateTime<Utc>,
    lines: Vec<Line>,
    /// The indexes of the lines, by topic and query.
    places: HashMap<String, usize>,
}

impl<'a> News<'a> {
    pub(super) fn new(viewer: &'a Viewer, entities: &'a [Searched], since: DateTime<Utc>) -> Self {
        Self {
            viewer,
            entities,
            since,
            lines: Vec::new(),
            places: HashMap::new(),
        }
    }

    /// The lines about a topic, the newest first.
    pub(super) fn about(&self, topic: Topic) -> Vec<&Line> {
        let lines = self.lines.iter();
        lines.filter(|line| line.topic == topic).collect()
    }

    /// Adds an entry. The newest one must be first.
    pub(super) fn add(&mut self, entry: &Entry) {
        if entry.timestamp < self.since {
            return;
        }
        if entry.action == FIELDS_REFUSED {
            let query = self.query(|query| {
                query.action = Some(FIELDS_REFUSED.to_owned());
                query.actor = Some(entry.actor.clone());
            });
            self.count(Topic::Refused, entry, query, || refused(entry));
        } else if matches!(entry.outcome, Outcome::Denied | Outcome::Failure) {
            let query = self.query(|query| {
                query.action = Some(entry.action.clone());
                query.outcome = Some(entry.outcome);
            });
            let name = self.viewer.names.event(&entry.action).into_owned();
            self.count(Topic::Denied, entry, query, || {
                let ended = match entry.outcome {
                    Outcome::Denied => ", denied",
                    _ => ", failed",
                };
                html! { (short(&name)) (ended) }
            });
        }
        let Some(entity_type) = entry.entity_type.as_deref() else {
            return;
        };
        if entry.actor.kind() == DATABASE {
            let query = self.query(|query| {
                query.entity_type = Some(entity_type.to_owned());
                query.actor_kind = Some(DATABASE.to_owned());
            });
            self.count(Topic::Elsewhere, entry, query, || short(entity_type));
        }
        for (field, change) in entry.changes.iter() {
            let sides = [&change.before, &change.after].into_iter().flatten();
            let is_told = sides.into_iter().any(|value| *value != Encoded::NULL);
            // A NULL in a new record grants no privilege.
            if is_told && self.is_privilege(entity_type, field) {
                let query = self.of_change(entity_type, field, change);
                let viewer = self.viewer;
                self.count(Topic::Privileges, entry, query, || {
                    self::change(viewer, entity_type, field, change)
                });
            }
        }
    }

    fn is_privilege(&self, entity_type: &str, field: &str) -> bool {
        let mut privileges = self.viewer.privileges.iter();
        privileges.any(|(of, name)| of == entity_type && name == field)
    }

    fn query(&self, narrow: impl FnOnce(&mut TrailQuery)) -> TrailQuery {
        let mut query = TrailQuery {
            since: Some(self.since),
            ..TrailQuery::default()
        };
        narrow(&mut query);
        query
    }

    /// The search for such changes, as far as the log can be searched for them.
    fn of_change(&self, entity_type: &str, field: &str, change: &Change) -> TrailQuery {
        let mut entities = self.entities.iter();
        let entity = entities.find(|entity| entity.entity_type() == entity_type);
        let is_searched = entity.is_some_and(|entity| entity.fields.contains(&field));
        self.query(|query| {
            query.entity_type = Some(entity_type.to_owned());
            if is_searched {
                query.changed = Some(field.to_owned());
                query.from = change.before.as_ref().and_then(searchable);
                query.to = change.after.as_ref().and_then(searchable);
            }
        })
    }

    fn count(
        &mut self,
        topic: Topic,
        entry: &Entry,
        query: TrailQuery,
        text: impl FnOnce() -> Markup,
    ) {
        let place = format!("{topic:?} {query}");
        if let Some(place) = self.places.get(&place) {
            self.lines[*place].count += 1;
            return;
        }
        self.places.insert(place, self.lines.len());
        self.lines.push(Line {
            topic,
            text: text(),
            query,
            count: 1,
            actor: entry.actor.clone(),
            newest: entry.timestamp,
        });
    }
}

/// The sender of the body, and the keys of the last one.
fn refused(entry: &Entry) -> Markup {
    let keys = entry
        .metadata
        .as_ref()
        .and_then(|told| told["refused"].as_array());
    let keys: Vec<_> = keys
        .into_iter()
        .flatten()
        .filter_map(Json::as_str)
        .collect();
    html! {
        (actor(&entry.actor))
        @if !keys.is_empty() { ": " (short(&keys.join(", "))) }
    }
}

fn change(viewer: &Viewer, entity_type: &str, field: &str, change: &Change) -> Markup {
    let value = |value: &Option<Encoded>| {
        let value = value.as_ref()?;
        let name = match value {
            Encoded::Plain(json) => viewer.names.value(Some(entity_type), field, json),
            _ => None,
        };
        name.or_else(|| searchable(value))
    };
    html! {
        (short(entity_type)) " " (short(&viewer.names.field(Some(entity_type), field)))
        @match (value(&change.before), value(&change.after)) {
            (Some(before), Some(after)) => {
                " " del { (short(&before)) } span.vh { " to " } span.arrow aria-hidden="true" { " → " } ins { (short(&after)) }
            }
            (None, Some(after)) => { " " ins { (short(&after)) } }
            (Some(before), None) => { " " del { (short(&before)) } }
            (None, None) => {}
        }
    }
}

fn short(text: &str) -> Markup {
    html! { bdi { (bounded(text, CHARACTERS)) } }
}
