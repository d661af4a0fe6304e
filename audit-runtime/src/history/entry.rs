//! An entry as a reader sees it.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::join::{Parents, key_of};
use crate::{Actor, Changes, Outcome, Source, changes::Change};

/// One change of one row, or one event.
///
/// `Display` writes a sentence. Serialization writes JSON with `before`, `after` and `diff`, and with the fields of a
/// composite key by name in `entity_key`, if this process has written, queried or routed the entity. The entry does not contain
/// values of fields that are redacted or skipped today, even if the log does; see
/// [`apply_policy`](crate::audited::apply_policy).
///
/// ```
#[doc = include_str!("../guide/example.txt")]
/// audit.update(ann.id, user::Patch::new().role("admin")).await?;
/// let entry = History::of::<user::Entity>(ann.id).latest(&db).await?.ok_or("no entry")?;
///
/// assert_eq!((entry.action.as_str(), entry.actor.id()), ("UPDATE", "7"));
/// assert_eq!((&entry.before()["role"], &entry.after()["role"]), (&"user".into(), &"admin".into()));
/// assert_eq!(entry.to_string(), "Admin 'jane.doe' changed User 'ann' role from 'user' to 'admin'");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// The id. It orders the entries of one row.
    pub id: i64,
    /// A change or an event.
    pub kind: Kind,
    /// The changeset, which all entries of one unit share.
    pub changeset_id: Uuid,
    /// The tenant.
    pub tenant: Option<String>,
    /// The application that wrote the entry.
    pub service: Option<String>,
    /// The type of the record; `None` for an event that is not about a record.
    pub entity_type: Option<String>,
    /// The id of the record.
    pub entity_id: Option<String>,
    /// The record's label before the change.
    pub entity_label: Option<String>,
    /// `CREATE`, `UPDATE`, `DELETE`, or the event's name.
    pub action: String,
    /// The outcome.
    pub outcome: Outcome,
    /// The actor.
    pub actor: Actor,
    /// The actor on whose behalf the actor acted, as `Kind:id`.
    pub on_behalf_of: Option<String>,
    /// The time by the application's clock.
    pub timestamp: DateTime<Utc>,
    /// The time by the database's clock.
    pub recorded_at: DateTime<Utc>,
    /// The source of the request.
    pub source: Source,
    /// The reason.
    pub reason: Option<String>,
    /// The entry that this one reverts.
    pub reverts: Option<i64>,
    /// The changed fields.
    pub changes: Changes,
    /// The application's metadata.
    pub metadata: Option<Json>,
    pub(crate) parents: Parents,
    /// Whether this version can read all changes.
    pub(crate) is_read: bool,
}

/// The kind of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// A change of a row, written by the engine.
    Change,
    /// An event.
    Event,
    /// A kind that this version does not know, written by a later one.
    Unknown,
}

impl Entry {
    /// The values of the changed fields before, by field name.
    pub fn before(&self) -> Json {
        self.changes.before()
    }

    /// The values of the changed fields after, by field name.
    pub fn after(&self) -> Json {
        self.changes.after()
    }

    /// `[{"field": "role", "before": "user", "after": "admin"}]`
    pub fn diff(&self) -> Json {
        self.changes.diff()
    }

    /// The change of one field, as stored.
    pub fn change(&self, field: &str) -> Option<&Change> {
        self.changes.get(field)
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        let mut entry = serializer.serialize_struct("Entry", 21)?;
        entry.serialize_field("id", &self.id)?;
        entry.serialize_field("kind", &self.kind)?;
        entry.serialize_field("changeset_id", &self.changeset_id)?;
        entry.serialize_field("tenant", &self.tenant)?;
        entry.serialize_field("service", &self.service)?;
        entry.serialize_field("entity_type", &self.entity_type)?;
        entry.serialize_field("entity_id", &self.entity_id)?;
        match key_of(self.entity_type.as_deref(), self.entity_id.as_deref()) {
            Some(key) => entry.serialize_field("entity_key", &key)?,
            None => entry.skip_field("entity_key")?,
        }
        entry.serialize_field("entity_label", &self.entity_label)?;
        entry.serialize_field("action", &self.action)?;
        entry.serialize_field("outcome", self.outcome.as_str())?;
        entry.serialize_field("actor", &self.actor.json())?;
        entry.serialize_field("on_behalf_of", &self.on_behalf_of)?;
        entry.serialize_field("timestamp", &time(self.timestamp))?;
        entry.serialize_field("recorded_at", &time(self.recorded_at))?;
        let source = &self.source;
        entry.serialize_field(
            "source",
            &json!({
                "ip": source.ip,
                "user_agent": source.user_agent,
                "session_id": source.session_id,
                "request_id": source.request_id,
                "trace_id": source.trace_id,
            }),
        )?;
        entry.serialize_field("reason", &self.reason)?;
        entry.serialize_field("reverts", &self.reverts)?;
        entry.serialize_field("before", &self.before())?;
        entry.serialize_field("after", &self.after())?;
        entry.serialize_field("diff", &self.diff())?;
        entry.serialize_field("metadata", &self.metadata)?;
        entry.end()
    }
}
