//! The subject of a read: which entries, and the event that records the read.

use serde_json::{Map, Value as Json};

use super::super::{Access, Problem, TrailQuery};
use crate::{
    Event, History, audited::policies::withheld, history::mask::AUDIT_READ, text::identity,
};

/// The entries that are read.
pub(super) struct Subject {
    pub(super) entity_type: Option<String>,
    pub(super) entity_id: Option<String>,
    /// `None` if no such entries can exist.
    pub(super) history: Option<History>,
    /// The event of a read, about the row.
    pub(super) about_row: Option<Event>,
    pub(super) question: fn(&TrailQuery, History, &Access) -> Result<History, Problem>,
}

impl Subject {
    /// The event that records the read. It is about the row if the row has a history; otherwise its metadata names the
    /// row. A read must not create a history, nor reveal one.
    pub(super) fn event(&self, has_history: bool) -> Event {
        match &self.about_row {
            Some(event) if has_history => event.clone(),
            _ => {
                let names = [
                    ("entity_type", &self.entity_type),
                    ("entity_id", &self.entity_id),
                ];
                let names = names
                    .into_iter()
                    .filter_map(|(name, value)| Some((name, value.clone()?)));
                names.fold(Event::new(AUDIT_READ), |event, (name, value)| {
                    event.with(name, value)
                })
            }
        }
    }
}

/// The query as metadata, without hidden values, and with long values shortened.
pub(super) fn asked(query: &TrailQuery, subject: &Subject) -> Json {
    const LENGTH: usize = 128;

    let is_withheld = match (&subject.entity_type, &query.changed) {
        (Some(entity_type), Some(field)) => withheld(entity_type, field).is_some(),
        _ => false,
    };
    let parameters = query.parameters().map(|(name, value)| {
        let value = match name {
            "from" | "to" if is_withheld => Json::Null,
            _ => identity(&value, LENGTH).into(),
        };
        (name.to_owned(), value)
    });
    Json::Object(parameters.collect::<Map<_, _>>())
}
