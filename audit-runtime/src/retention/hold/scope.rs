//! The scope of a hold: the entries that it keeps.

use chrono::{DateTime, Utc};

use crate::{
    Actor,
    audited::{Audited, IntoKey},
    write::EntityId,
};

/// A hold on the entries that meet all of its conditions. Without conditions, it is on all entries.
///
/// ```
/// use audit_runtime::retention::Hold;
///
/// let hold = Hold::new("matter 2026-17").row("User", "7");
/// # let _ = hold;
/// ```
#[derive(Clone, Debug)]
#[must_use = "it holds nothing until it is placed"]
pub struct Hold {
    pub(super) reason: String,
    pub(super) entity_type: Option<String>,
    pub(super) entity_id: Option<EntityId>,
    pub(super) actor: Option<Actor>,
    pub(super) from: Option<DateTime<Utc>>,
    pub(super) to: Option<DateTime<Utc>>,
}

impl Hold {
    /// Creates a hold for a reason, such as a case number.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            entity_type: None,
            entity_id: None,
            actor: None,
            from: None,
            to: None,
        }
    }

    /// Holds entries about this type.
    pub fn entity_type(self, entity_type: impl Into<String>) -> Self {
        Self {
            entity_type: Some(entity_type.into()),
            entity_id: None,
            ..self
        }
    }

    /// Holds entries about this row, by type and id as entries show them.
    pub fn row(self, entity_type: impl Into<String>, entity_id: impl Into<String>) -> Self {
        Self {
            entity_id: Some(EntityId::Text(entity_id.into())),
            entity_type: Some(entity_type.into()),
            ..self
        }
    }

    /// Holds entries about this row of an audited entity.
    pub fn about<E: Audited>(self, id: impl IntoKey<E>) -> Self {
        let (entity_type, entity_id) = EntityId::of::<E>(id);
        Self {
            entity_id: Some(entity_id),
            entity_type: Some(entity_type),
            ..self
        }
    }

    /// Holds entries by this actor.
    pub fn actor(self, actor: &Actor) -> Self {
        Self {
            actor: Some(actor.clone()),
            ..self
        }
    }

    /// Holds entries recorded at this moment or later, by the database's clock.
    pub fn from(self, from: DateTime<Utc>) -> Self {
        Self {
            from: Some(from),
            ..self
        }
    }

    /// Holds entries recorded before this moment, by the database's clock.
    pub fn until(self, to: DateTime<Utc>) -> Self {
        Self {
            to: Some(to),
            ..self
        }
    }
}
