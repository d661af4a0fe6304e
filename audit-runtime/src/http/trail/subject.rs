//! The subject of a read: its entries, and the event that records the read.

use sea_orm::DbBackend;
use serde_json::{Map, Value as Json};

use super::{
    super::{Access, Problem, TrailQuery, record::Record},
    searched::{Searched, question},
};
use crate::{
    Event, History,
    audited::{Audited, AuditedColumn, entity_type::entity_type, policies::withheld},
    encode::entity_id::capped,
    history::mask::AUDIT_READ,
    text::identity,
};

type Question<'a> =
    Box<dyn Fn(&TrailQuery, History, &Access) -> Result<History, Problem> + Send + Sync + 'a>;

/// The entries that are read.
pub(super) struct Subject<'a> {
    pub(super) entity_type: Option<String>,
    pub(super) entity_id: Option<String>,
    /// `None` if no such entries can exist.
    pub(super) history: Option<History>,
    /// The event of a read, about the row.
    pub(super) about_row: Option<Event>,
    pub(super) question: Question<'a>,
    /// The entity of the children whose entries are read as well.
    pub(super) children: Option<String>,
}

impl<'a> Subject<'a> {
    pub(super) fn row<E: Audited<Column: AuditedColumn>>(id: &str, backend: DbBackend) -> Self {
        let record = Record::of::<E>(id, backend);
        Self {
            about_row: record
                .as_ref()
                .map(|record| record.event(Event::new(AUDIT_READ))),
            history: record.as_ref().map(Record::history::<E>),
            entity_type: Some(entity_type::<E>().into_owned()),
            entity_id: Some(match record {
                Some(record) => record.entity_id,
                None => capped(id.to_owned()),
            }),
            question: Box::new(TrailQuery::of_history::<E>),
            children: None,
        }
    }

    /// A row with its children.
    #[cfg(all(feature = "axum", feature = "viewer"))]
    pub(super) fn family<E, C>(id: &str, backend: DbBackend) -> Self
    where
        E: Audited<Column: AuditedColumn>,
        C: crate::audited::Child,
    {
        let row = Self::row::<E>(id, backend);
        Self {
            history: row.history.map(History::with_children::<C>),
            children: Some(entity_type::<C>().into_owned()),
            ..row
        }
    }

    pub(super) fn rows<E: Audited<Column: AuditedColumn>>() -> Self {
        Self {
            about_row: None,
            history: Some(History::of_type::<E>()),
            entity_type: Some(entity_type::<E>().into_owned()),
            entity_id: None,
            question: Box::new(TrailQuery::of_history::<E>),
            children: None,
        }
    }

    pub(super) fn log(entities: &'a [Searched], backend: DbBackend) -> Self {
        Self {
            about_row: None,
            history: Some(History::all()),
            entity_type: None,
            entity_id: None,
            question: Box::new(move |query, _, access| question(query, access, entities, backend)),
            children: None,
        }
    }

    /// The event that records the read. It is about the row if the row has a history; otherwise its metadata names the
    /// row. A read must not create a history, nor reveal one.
    pub(super) fn event(&self, has_history: bool) -> Event {
        let event = self.event_of_record(has_history);
        match &self.children {
            Some(children) => event.with("with_children", children.as_str()),
            None => event,
        }
    }

    fn event_of_record(&self, has_history: bool) -> Event {
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
pub(super) fn asked(query: &TrailQuery, subject: &Subject<'_>) -> Json {
    const LENGTH: usize = 128;

    let entity_type = subject.entity_type.as_ref().or(query.entity_type.as_ref());
    let is_withheld = match (entity_type, &query.changed) {
        (Some(entity_type), Some(field)) => withheld(entity_type, field).is_some(),
        // The entity is not known.
        (None, Some(_)) => true,
        (_, None) => false,
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
