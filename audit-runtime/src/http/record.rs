//! The row that a URL names.

use std::borrow::Cow;

use sea_orm::{DbBackend, sea_query::ValueTuple};

#[cfg(feature = "axum")]
use super::recorder::Recorder;
#[cfg(feature = "axum")]
use crate::history::Given;
use crate::{
    Event, History,
    audited::{Audited, entity_type::entity_type},
    entity_id::{entity_id_of, key_like},
};

/// A row, by its key in a URL: the entries' `entity_id`, or another notation of the same key. Examples are `7`,
/// `0198a7…`, and `[7,"jane"]` for a composite key.
pub(super) struct Record<'a> {
    text: &'a str,
    pub(super) key: ValueTuple,
    entity_type: Cow<'static, str>,
    pub(super) entity_id: String,
}

impl<'a> Record<'a> {
    /// Returns `None` if no row can have such a key.
    pub(super) fn of<E: Audited>(text: &'a str, backend: DbBackend) -> Option<Self> {
        let key = key_like::<E>(text)?;
        Some(Self {
            text,
            entity_type: entity_type::<E>(),
            entity_id: entity_id_of::<E>(key.clone(), backend),
            key,
        })
    }

    pub(super) fn history<E: Audited>(&self) -> History {
        History::of_exact_key::<E>(self.key.clone())
    }

    pub(super) fn event(&self, event: Event) -> Event {
        self.event_on(event, &self.entity_id)
    }

    /// Makes the event about the row, by its stored id. Without such a row, its metadata contains the requested id.
    #[cfg(feature = "axum")]
    pub(super) async fn event_on_stored<E: Audited>(
        &self,
        event: Event,
        recorder: &Recorder,
    ) -> Event {
        match recorder.stored(Given::of::<E>(self.key.clone())).await {
            Ok(Some(id)) => return self.event_on(event, &id),
            Ok(None) => {}
            // The event is evidence in any case.
            Err(error) => {
                tracing::debug!(%error, "the row of an event could not be looked up");
            }
        }
        event.with("entity_id", &*self.entity_id)
    }

    fn event_on(&self, event: Event, id: &str) -> Event {
        // A hashed id must not be hashed again.
        let is_hash = id.chars().count() >= 512;
        event.on(&*self.entity_type, if is_hash { self.text } else { id })
    }
}
