//! The subject of a read: which entries, and the event that records the read.

use serde_json::{Map, Value as Json};

use super::super::{Access, Problem, TrailQuery};
use crate::{
    Event, History, audited::policies::withheld, history::mask::AUDIT_READ, text::identity,
};

/// Whose entries, and how the log is asked for them.
pub(super) struct Subject {
    pub(super) entity_type: Option<String>,
    pub(super) entity_id: Option<String>,
    /// `None` if there can be none.
    pub(super) history: Option<History>,
    /// The event of a read as an entry about the row.
    pub(super) about_row: Option<Event>,
    pub(super) question: fn(&TrailQuery, History, &Access) -> Result<History, Problem>,
}

impl Subject {
    /// The event of a read: about the row if that has a history, or else about nothing, with what was asked for beside
    /// it. A read makes no history of what has none, nor one that the reader may not know of.
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

/// What was asked: no value of a field whose values the log does not keep, and none of any length.
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
