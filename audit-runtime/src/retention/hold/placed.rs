//! A hold that is in force.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::super::tables::hold::Model;

/// A hold that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlacedHold {
    /// The id for its release.
    pub id: i64,
    /// Its HOLD entry, which has its actor, time and reason.
    pub entry_id: i64,
    /// The type that entries are about.
    pub entity_type: Option<String>,
    /// The row that entries are about.
    pub entity_id: Option<String>,
    /// The kind of the actor.
    pub actor_kind: Option<String>,
    /// The id of the actor.
    pub actor_id: Option<String>,
    /// Entries recorded at this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// Entries recorded before this moment.
    pub until: Option<DateTime<Utc>>,
}

impl From<Model> for PlacedHold {
    fn from(hold: Model) -> Self {
        Self {
            id: hold.id,
            entry_id: hold.entry_id,
            entity_type: hold.entity_type,
            entity_id: hold.entity_id,
            actor_kind: hold.actor_kind,
            actor_id: hold.actor_id,
            from: hold.from_time,
            until: hold.to_time,
        }
    }
}
