//! Events: entries that are not a change of a row.

mod action;
mod entity_id;
mod outliving;
mod raw_sql;

use std::fmt::Display;

use sea_orm::DbBackend;
use serde_json::{Map, Value as Json};

pub(crate) use self::entity_id::EntityId;
pub(super) use self::{outliving::OutlivingEvents, raw_sql::RawSql};
use super::{
    connection::UnitConnection,
    entry::{NewEntry, now},
    operation::Operation,
    subject::Subject,
    transaction::Transaction,
};
use crate::{
    AuditContext, Error,
    audit_log::{KIND_EVENT, Outcome},
    audited::{Audited, IntoKey},
};
use action::check_action;

/// An event, such as a failed login, an export or a denied request.
///
/// ```
#[doc = include_str!("../guide/example.txt")]
/// let refused = Event::new("LOGIN_FAILURE").about::<user::Entity>(ann.id).denied();
/// audit.record(refused.with("attempts", 3)).await?;
///
/// let entry = History::of::<user::Entity>(ann.id).latest(&db).await?.ok_or("no entry")?;
/// assert_eq!(entry.outcome, audit_runtime::Outcome::Denied);
/// assert_eq!(entry.metadata.unwrap_or_default()["attempts"], 3);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an event is written by `Writer::record`"]
pub struct Event {
    action: String,
    entity: Option<(String, EntityId)>,
    label: Option<String>,
    outcome: Outcome,
    metadata: Map<String, Json>,
}

impl Event {
    /// Creates an event with the outcome SUCCESS that is not about a record.
    ///
    /// The name is 1 to 64 of `A` to `Z`, digits and `_`, a letter first. These names are reserved for the engine:
    /// APPROVE, ARCHIVE, CAPTURE, CHECKPOINT, CREATE, DELETE, DESTROY, ERASE, EXPORT, HOLD, MERGE, POLICY, PURGE,
    /// RAW_SQL, REDACT, RELEASE, RESTORE, REVERT, SEAL, TRUNCATE, UNSEAL, UPDATE, UPSERT and VERIFY. Prefer a name of
    /// two words, such as CUSTOMERS_EXPORTED. An invalid or reserved name is refused when the event is recorded.
    pub fn new(action: impl Into<String>) -> Self {
        Self {
            action: action.into(),
            entity: None,
            label: None,
            outcome: Outcome::Success,
            metadata: Map::new(),
        }
    }

    /// Sets the record, by entity type and id.
    pub fn on(self, entity_type: impl Into<String>, entity_id: impl Display) -> Self {
        Self {
            entity: Some((entity_type.into(), EntityId::Text(entity_id.to_string()))),
            ..self
        }
    }

    /// Sets the record to a row of an audited entity.
    pub fn about<E: Audited>(self, id: impl IntoKey<E>) -> Self {
        Self {
            entity: Some(EntityId::of::<E>(id)),
            ..self
        }
    }

    /// Sets the label of the record.
    pub fn label(self, label: impl Into<String>) -> Self {
        Self {
            label: Some(label.into()),
            ..self
        }
    }

    /// Sets the outcome DENIED.
    pub fn denied(self) -> Self {
        Self {
            outcome: Outcome::Denied,
            ..self
        }
    }

    /// Sets the outcome FAILURE.
    pub fn failed(self) -> Self {
        Self {
            outcome: Outcome::Failure,
            ..self
        }
    }

    /// Adds a value to the entry's metadata.
    pub fn with(mut self, key: impl Into<String>, value: impl Into<Json>) -> Self {
        self.metadata.insert(key.into(), value.into());
        self
    }

    pub(super) fn subject(&self) -> Subject {
        Subject {
            entity_type: self.entity.as_ref().map(|(name, _)| name.clone().into()),
            action: self.action.clone().into(),
        }
    }

    pub(super) fn outcome(&self) -> Outcome {
        self.outcome
    }

    pub(super) fn into_entry(
        self,
        context: &AuditContext,
        backend: DbBackend,
    ) -> Result<NewEntry, Error> {
        check_actor(context)?;
        check_action(&self.action)?;
        let entity = match self.entity {
            None => None,
            Some((entity_type, id)) => Some((entity_type, id.text(backend)?)),
        };
        Ok(NewEntry {
            kind: KIND_EVENT,
            entity,
            label: self.label,
            action: self.action.into(),
            outcome: self.outcome,
            reverts: None,
            changes: None,
            metadata: self.metadata,
            timestamp: now(),
        })
    }
}

impl Operation for NewEntry {
    type Output = ();

    fn subject(&self) -> Subject {
        Subject {
            entity_type: self.entity.as_ref().map(|(name, _)| name.clone().into()),
            action: self.action.clone(),
        }
    }

    async fn run<T: Transaction>(self, connection: &UnitConnection<T>) -> Result<(), Error> {
        self.write(&connection.target()).await
    }
}

pub(super) fn check_actor(context: &AuditContext) -> Result<(), Error> {
    let actor = context.actor();
    let empty = |text: &str| text.trim().is_empty();
    if empty(&actor.kind) {
        return Err(Error::InvalidActor("kind"));
    }
    if empty(&actor.id) {
        return Err(Error::InvalidActor("id"));
    }
    Ok(())
}
