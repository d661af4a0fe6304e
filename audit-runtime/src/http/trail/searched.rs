//! The entities by whose fields the whole log can be searched, and the records that a query selects.

use sea_orm::{DbBackend, Iterable};

use super::super::{
    Access, Problem, TrailQuery,
    query::{bad_request, is_recorded},
    record::Record,
};
use crate::{
    History,
    audited::{Audited, AuditedColumn, ColumnOf, entity_type::entity_types},
};

/// An entity without its Rust type.
#[derive(Clone, Debug)]
pub(in crate::http) struct Searched {
    /// The current name in entries, then former ones.
    entity_types: Vec<String>,
    pub(in crate::http) fields: Vec<&'static str>,
    all: fn() -> History,
    record: fn(&str, DbBackend) -> Option<History>,
    question: fn(&TrailQuery, History, &Access) -> Result<History, Problem>,
}

impl Searched {
    pub(super) fn of<E: Audited<Column: AuditedColumn>>() -> Self {
        Self {
            entity_types: entity_types::<E>(),
            fields: fields::<E>(),
            all: History::of_type::<E>,
            record: |id, backend| Some(Record::of::<E>(id, backend)?.history::<E>()),
            question: TrailQuery::of_entity::<E>,
        }
    }

    pub(in crate::http) fn entity_type(&self) -> &str {
        &self.entity_types[0]
    }
}

/// The names of the fields whose changes are in the log.
pub(in crate::http) fn fields<E: Audited>() -> Vec<&'static str> {
    ColumnOf::<E>::iter()
        .filter(|column| is_recorded::<E>(*column))
        .map(|column| E::field(column).name)
        .collect()
}

/// The query, with the type that its field implies, if only one entity has the field.
pub(super) fn resolved(query: &TrailQuery, entities: &[Searched]) -> TrailQuery {
    let mut resolved = query.clone();
    if let (None, Some(field)) = (&query.entity_type, &query.changed) {
        let mut having = entities
            .iter()
            .filter(|entity| entity.fields.contains(&field.as_str()));
        if let (Some(only), None) = (having.next(), having.next()) {
            resolved.entity_type = Some(only.entity_type().to_owned());
        }
    }
    resolved
}

/// The records of the whole log that the query selects, with the query's conditions.
pub(super) fn question(
    query: &TrailQuery,
    access: &Access,
    entities: &[Searched],
    backend: DbBackend,
) -> Result<History, Problem> {
    let Some(entity_type) = &query.entity_type else {
        if query.entity_id.is_some() {
            let detail = "`entity_id` needs `entity_type`, which names the type of the record";
            return Err(bad_request(detail.to_owned()));
        }
        return query.of_any(History::all(), access);
    };
    let entity = entities
        .iter()
        .find(|entity| entity.entity_types.contains(entity_type));
    let history = match (entity, &query.entity_id) {
        (Some(entity), Some(id)) => (entity.record)(id, backend),
        (Some(entity), None) => Some((entity.all)()),
        (None, Some(_)) => None,
        (None, None) => Some(History::on_type(entity_type.clone())),
    };
    // An id that is no key of such a row may belong to the record of an event.
    let id = query.entity_id.as_deref().unwrap_or_default();
    let history = history.unwrap_or_else(|| History::on(entity_type, id));
    match entity {
        Some(entity) => (entity.question)(query, history, access),
        None => query.of_any(history, access),
    }
}
