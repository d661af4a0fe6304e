//! Events: entries that are not a change of a row.

use std::{
    fmt::Display,
    mem,
    sync::{Mutex, PoisonError},
};

use sea_orm::{
    DbBackend,
    sea_query::{IntoValueTuple, ValueTuple},
};
use serde_json::{Map, Value as Json};
use tokio::runtime::Handle;
use uuid::Uuid;

use super::{
    connection::UnitConnection,
    counted,
    entry::{NewEntry, now},
    observed::observed,
    operation::Operation,
    refusal::check_fields,
    shield::to_the_end,
    subject::Subject,
    target::Target,
    transaction::{AuditConnection, Transaction},
};
use crate::{
    AuditContext, Error,
    audit_log::{KIND_EVENT, Outcome},
    audited::{Audited, IntoKey, entity_type::entity_type},
    dialect::Dialect,
    encode::entity_id::capped,
    entity_id::entity_id_of,
};

/// The actions that only the engine writes, today or in a later version.
///
/// The actions of the HTTP layer, such as AUDIT_READ, are not among them: an application with its own pages for the
/// trail records its reads by that name.
const RESERVED: [&str; 24] = [
    // Actions on a row.
    "CREATE",
    "UPDATE",
    "DELETE",
    "UPSERT",
    "REVERT",
    "MERGE",
    "TRUNCATE",
    "RAW_SQL",
    // Actions on the log, and on its content about a row or a person.
    "POLICY",
    "PURGE",
    "ERASE",
    "REDACT",
    "DESTROY",
    "HOLD",
    "RELEASE",
    "ARCHIVE",
    "RESTORE",
    "EXPORT",
    "SEAL",
    "UNSEAL",
    "VERIFY",
    "CHECKPOINT",
    "CAPTURE",
    "APPROVE",
];

/// An event, such as a failed login, an export or a denied request.
///
/// ```
/// use audit_runtime::Event;
///
/// let event = Event::new("LOGIN_FAILURE").on("User", "7").denied().with("attempts", 3);
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

impl Event {
    /// Creates an event with the outcome SUCCESS that is not about a record.
    ///
    /// The name is 1 to 64 of `A` to `Z`, digits and `_`, a letter first. These are the engine's own, today or in a later
    /// version: APPROVE, ARCHIVE, CAPTURE, CHECKPOINT, CREATE, DELETE, DESTROY, ERASE, EXPORT, HOLD, MERGE, POLICY, PURGE,
    /// RAW_SQL, REDACT, RELEASE, RESTORE, REVERT, SEAL, TRUNCATE, UNSEAL, UPDATE, UPSERT and VERIFY.
    /// A name of two words says more, and is free: CUSTOMERS_EXPORTED.
    /// Anything else is refused when the event is recorded.
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

/// The mark that what raw SQL changes in this transaction is recorded as of the context's actor.
pub(super) struct RawSql {
    pub(super) reason: String,
}

impl Operation for RawSql {
    type Output = ();

    fn subject(&self) -> Subject {
        Subject::event("RAW_SQL")
    }

    async fn run<T: Transaction>(self, connection: &UnitConnection<T>) -> Result<(), Error> {
        let dialect = Dialect::of(connection).await?;
        let context = connection.context.clone().reason(self.reason);
        let target = Target {
            context: &context,
            ..connection.target()
        };
        match dialect {
            Dialect::Sqlite | Dialect::MySql | Dialect::MariaDb => {
                if connection.mark(&target).await? {
                    return Ok(());
                }
            }
            Dialect::Postgres => {}
        }
        let mark = NewEntry {
            kind: KIND_EVENT,
            entity: None,
            label: None,
            action: "RAW_SQL".into(),
            outcome: Outcome::Success,
            reverts: None,
            changes: None,
            metadata: Map::new(),
            timestamp: now(),
        };
        mark.write(&target).await
    }
}

fn entity_id<E: Audited>(key: ValueTuple, backend: DbBackend) -> Result<String, Error> {
    check_fields::<E>()?;
    Ok(entity_id_of::<E>(key, backend))
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

fn check_action(action: &str) -> Result<(), Error> {
    let problem = if action.is_empty() {
        "it is empty, a name such as LOGIN_FAILURE is needed"
    } else if RESERVED.contains(&action) {
        "this name is the engine's own, a name of two words such as CUSTOMERS_EXPORTED is needed"
    } else if action.len() > 64 {
        "it is longer than 64 characters"
    } else if !action.starts_with(|first: char| first.is_ascii_uppercase())
        || !action
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
    {
        "only A to Z, digits and _ are allowed, a letter first"
    } else {
        return Ok(());
    };
    Err(Error::InvalidEvent {
        action: action.to_owned(),
        problem,
    })
}

/// The denied and failed events of a unit, which are written when it is over: by `write`, or else when dropped.
#[derive(Debug)]
pub(super) struct OutlivingEvents<P: AuditConnection> {
    pool: P,
    context: AuditContext,
    changeset_id: Uuid,
    /// Each with the schema of the unit's log, if it may be another than the pool's.
    entries: Mutex<Vec<(NewEntry, Option<String>)>>,
}

/// The action of an event that was not written, and why.
type Unwritten = (String, Box<Error>);

impl<P: AuditConnection> OutlivingEvents<P> {
    pub(super) fn new(pool: P, context: AuditContext, changeset_id: Uuid) -> Self {
        Self {
            pool,
            context,
            changeset_id,
            entries: Mutex::default(),
        }
    }

    pub(super) fn push(&self, entry: NewEntry, schema: Option<String>) {
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((entry, schema));
    }

    /// Writes them to the end: a caller that is dropped meanwhile neither loses nor doubles one.
    pub(super) async fn write(self, committed: bool) -> Result<(), Error> {
        let Some(writing) = self.take() else {
            return Ok(());
        };
        to_the_end(writing)
            .await
            .map_err(|(action, source)| Error::EventNotWritten {
                action,
                committed,
                source,
            })
    }

    fn take(&self) -> Option<impl Future<Output = Result<(), Unwritten>> + Send + use<P>> {
        let entries = mem::take(&mut *self.entries.lock().unwrap_or_else(PoisonError::into_inner));
        let (pool, context, changeset_id) =
            (self.pool.clone(), self.context.clone(), self.changeset_id);
        let unwritten = Unwritable(entries.len());
        (!entries.is_empty()).then_some(async move {
            // All of it, not the number alone.
            let mut unwritten = unwritten;
            let mut result = Ok(());
            for (entry, schema) in entries {
                let target = Target {
                    schema: schema.as_deref(),
                    ..Target::alone::<P::Transaction>(&pool, &context, changeset_id)
                };
                let write = observed(entry.subject(), Box::pin(entry.write(&target)));
                if let Err(error) = write.await {
                    counted::dropped_events(1);
                    tracing::error!(action = %entry.action, %error, "an event could not be written");
                    result = Err((entry.action.into_owned(), Box::new(error)));
                }
                unwritten.0 -= 1;
            }
            result
        })
    }
}

/// The number of events that are not written yet. Without a runtime, they are lost.
struct Unwritable(usize);

impl Drop for Unwritable {
    fn drop(&mut self) {
        if self.0 > 0 {
            counted::dropped_events(self.0);
            tracing::error!(
                events = self.0,
                "events of a unit are lost: there is no runtime to write them on"
            );
        }
    }
}

impl<P: AuditConnection> Drop for OutlivingEvents<P> {
    fn drop(&mut self) {
        let Some(writing) = self.take() else { return };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(writing);
        }
    }
}
