//! An entry as a reader sees it.

use chrono::{DateTime, Utc};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::{Actor, Changes, Outcome, Source, changes::Change};

/// One change of one row, or one event.
///
/// Displayed it is a sentence, serialized it is JSON with `before`, `after` and the `diff`.
/// Values of a field that is redacted or skipped today are not in it, though the log may have them; see
/// [`apply_policy`](crate::audited::apply_policy).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// For one row, the order of its entries.
    pub id: i64,
    /// A change or an event.
    pub kind: Kind,
    /// Shared by all entries of one unit.
    pub changeset_id: Uuid,
    /// Which customer.
    pub tenant: Option<String>,
    /// Which application.
    pub service: Option<String>,
    /// What kind of record; `None` for an event about nothing.
    pub entity_type: Option<String>,
    /// Which record.
    pub entity_id: Option<String>,
    /// The record's label before the change.
    pub entity_label: Option<String>,
    /// `CREATE`, `UPDATE`, `DELETE`, or the event's name.
    pub action: String,
    /// How it ended.
    pub outcome: Outcome,
    /// Who.
    pub actor: Actor,
    /// For whom, as `Kind:id`.
    pub on_behalf_of: Option<String>,
    /// When, by the application's clock.
    pub timestamp: DateTime<Utc>,
    /// When, by the database's clock.
    pub recorded_at: DateTime<Utc>,
    /// From where.
    pub source: Source,
    /// Why.
    pub reason: Option<String>,
    /// The entry this one takes back.
    pub reverts: Option<i64>,
    /// What.
    pub changes: Changes,
    /// The application's own.
    pub metadata: Option<Json>,
    /// Whether the changes are all there is, in the form that this version reads.
    pub(crate) is_read: bool,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// A change of a row, written by the engine.
    Change,
    /// Anything else.
    Event,
    /// Something that this version does not know of, as a later one may write it.
    Unknown,
}

impl Entry {
    /// The changed fields' values before, by field name.
    pub fn before(&self) -> Json {
        self.changes.before()
    }

    /// The changed fields' values after, by field name.
    pub fn after(&self) -> Json {
        self.changes.after()
    }

    /// `[{"field": "role", "before": "user", "after": "admin"}]`
    pub fn diff(&self) -> Json {
        self.changes.diff()
    }

    /// What happened to one field, as stored.
    pub fn change(&self, field: &str) -> Option<&Change> {
        self.changes.get(field)
    }
}

impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let time = |time: DateTime<Utc>| time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
        let mut entry = serializer.serialize_struct("Entry", 20)?;
        entry.serialize_field("id", &self.id)?;
        entry.serialize_field("kind", &self.kind)?;
        entry.serialize_field("changeset_id", &self.changeset_id)?;
        entry.serialize_field("tenant", &self.tenant)?;
        entry.serialize_field("service", &self.service)?;
        entry.serialize_field("entity_type", &self.entity_type)?;
        entry.serialize_field("entity_id", &self.entity_id)?;
        entry.serialize_field("entity_label", &self.entity_label)?;
        entry.serialize_field("action", &self.action)?;
        entry.serialize_field("outcome", self.outcome.as_str())?;
        let actor = &self.actor;
        entry.serialize_field(
            "actor",
            &json!({"kind": actor.kind, "id": actor.id, "name": actor.name}),
        )?;
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
