//! The target of an erasure: the entries of a row or an actor.

use sea_orm::{ColumnTrait, Condition, DbBackend};
use serde_json::{Map, Value as Json, json};

use super::super::{KEPT, purge::said};
use crate::{
    Actor, Error,
    audit_log::{Column, KIND_EVENT},
    audited::{Audited, IntoKey, names::type_names},
    text::identity,
    write::EntityId,
};

/// A target as the caller names it.
#[derive(Clone, Debug)]
pub(super) enum Target {
    Row(Vec<String>, EntityId),
    Actor(String, String),
}

/// A target as entries have it.
#[derive(Clone, Debug)]
pub(in super::super) enum Resolved {
    /// Under each name that its type has had.
    Row(Vec<String>, String),
    Actor(String, String),
}

impl Target {
    pub(super) fn about<E: Audited>(id: impl IntoKey<E>) -> Self {
        Self::Row(type_names::<E>(), EntityId::of::<E>(id).1)
    }

    pub(super) fn row(entity_type: String, entity_id: String) -> Self {
        let entity_type = identity(&entity_type, 64).into_owned();
        Self::Row(vec![entity_type], EntityId::Text(entity_id))
    }

    #[cfg(feature = "cli")]
    pub(super) fn of_types(entity_types: Vec<String>, entity_id: String) -> Self {
        Self::Row(entity_types, EntityId::Text(entity_id))
    }

    pub(super) fn actor(actor: &Actor) -> Self {
        let stored = |text: &str, limit| identity(text, limit).into_owned();
        Self::Actor(stored(&actor.kind, 64), stored(&actor.id, 255))
    }

    pub(super) fn resolved(self, backend: DbBackend) -> Result<Resolved, Error> {
        Ok(match self {
            Self::Row(types, id) => Resolved::Row(types, id.text(backend)?),
            Self::Actor(kind, id) => Resolved::Actor(kind, id),
        })
    }
}

impl Resolved {
    /// Its entries, except those that document the log itself.
    pub(super) fn condition(&self) -> Condition {
        let kept = Condition::all()
            .add(Column::Kind.eq(KIND_EVENT))
            .add(Column::Action.is_in(KEPT));
        let its = Condition::all().add(kept.not());
        match self {
            Self::Row(types, id) => its
                .add(Column::EntityType.is_in(types))
                .add(Column::EntityId.eq(id)),
            Self::Actor(kind, id) => its
                .add(Column::ActorKind.eq(kind))
                .add(Column::ActorId.eq(id)),
        }
    }

    /// The same condition for an entry in a file.
    #[cfg(feature = "archive")]
    pub(in super::super) fn is_of(
        &self,
        kind: i16,
        text: impl Fn(Column) -> Option<String>,
    ) -> bool {
        let is = |column, expected: &str| text(column).as_deref() == Some(expected);
        let is_kept = kind == KIND_EVENT && KEPT.iter().any(|action| is(Column::Action, action));
        !is_kept
            && match self {
                Self::Row(types, id) => {
                    types.iter().any(|name| is(Column::EntityType, name))
                        && is(Column::EntityId, id)
                }
                Self::Actor(kind, id) => is(Column::ActorKind, kind) && is(Column::ActorId, id),
            }
    }

    /// The row that its ERASE entries are about.
    pub(in super::super) fn entity(&self) -> Option<(String, String)> {
        match self {
            Self::Row(types, id) => Some((types.first()?.clone(), id.clone())),
            Self::Actor(..) => None,
        }
    }

    /// The metadata for its ERASE entries.
    pub(in super::super) fn said(&self) -> Map<String, Json> {
        match self {
            Self::Row(..) => Map::new(),
            Self::Actor(kind, id) => said([("actor_kind", json!(kind)), ("actor_id", json!(id))]),
        }
    }
}
