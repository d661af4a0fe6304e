//! Whose entries: a row's, a type's, or all.

use sea_orm::{DbBackend, sea_query::ValueTuple};

use crate::{entity_id::capped, text::identity};

#[derive(Clone, Debug)]
pub(super) enum Scope {
    All,
    Type(String),
    /// A key is only put into text when the backend is known.
    Row {
        entity_type: String,
        key: ValueTuple,
        entity_id: fn(ValueTuple, DbBackend) -> String,
    },
    Named {
        entity_type: String,
        entity_id: String,
    },
}

impl Scope {
    pub(super) fn named(entity_type: String, entity_id: String) -> Self {
        Self::Named {
            entity_type: identity(&entity_type, 64).into_owned(),
            entity_id: capped(entity_id),
        }
    }

    pub(super) fn entity_type(&self) -> Option<&str> {
        match self {
            Self::All => None,
            Self::Type(entity_type)
            | Self::Row { entity_type, .. }
            | Self::Named { entity_type, .. } => Some(entity_type),
        }
    }

    pub(super) fn entity_id(&self, backend: DbBackend) -> Option<String> {
        match self {
            Self::All | Self::Type(_) => None,
            Self::Row { key, entity_id, .. } => Some(entity_id(key.clone(), backend)),
            Self::Named { entity_id, .. } => Some(entity_id.clone()),
        }
    }
}
