//! The record that an event is about.

use sea_orm::{
    DbBackend,
    sea_query::{IntoValueTuple, ValueTuple},
};

use super::super::refusal::check_fields;
use crate::{
    Error,
    audited::{Audited, IntoKey, entity_type::entity_type},
    encode::entity_id::capped,
    entity_id::entity_id_of,
};

/// The id of a row. A key becomes text when the database is known.
#[derive(Clone, Debug)]
pub(crate) enum EntityId {
    Text(String),
    Key(
        ValueTuple,
        fn(ValueTuple, DbBackend) -> Result<String, Error>,
    ),
}

impl EntityId {
    /// A row of an audited entity, and its type.
    pub(crate) fn of<E: Audited>(id: impl IntoKey<E>) -> (String, Self) {
        let id = Self::Key(id.into_key().into_value_tuple(), entity_id::<E>);
        (entity_type::<E>().into_owned(), id)
    }

    pub(crate) fn text(self, backend: DbBackend) -> Result<String, Error> {
        match self {
            Self::Text(id) => Ok(capped(id)),
            Self::Key(key, text) => text(key, backend),
        }
    }
}

fn entity_id<E: Audited>(key: ValueTuple, backend: DbBackend) -> Result<String, Error> {
    check_fields::<E>()?;
    Ok(entity_id_of::<E>(key, backend))
}
