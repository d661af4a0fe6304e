//! An entry as a reader sees it.

use chrono::{DateTime, Utc};
use sea_orm::Value;
use serde::{Deserialize, Serialize, Serializer, ser::SerializeStruct};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{
    field::read_change,
    names::{Names, index},
};
use crate::{
    Actor, Changes, Outcome, Source,
    audit_log::{self, FORMAT, KIND_CHANGE, KIND_EVENT},
    audited::{Audited, ColumnOf, FieldPolicy},
    changes::Change,
    encode::DecodeError,
    withheld::withhold,
};

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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
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

    /// A column's values before and after, in the column's own type, whatever its field was called then.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if the value was redacted, the column has another type since, or the entry does not tell which of
    /// two fields that were called alike it is about.
    pub fn values<E: Audited>(
        &self,
        column: ColumnOf<E>,
    ) -> Result<(Option<Value>, Option<Value>), DecodeError> {
        if !self.is_read {
            return Err(DecodeError::Unknown("another format".to_owned()));
        }
        if E::field(column).policy == FieldPolicy::Skip {
            return Ok((None, None));
        }
        let told = Names::of::<E>().told(self, index::<E>(column));
        read_change::<E>(told, column)
    }
}

/// What this version does not know of, as a later one may write it, is unknown in its place, and no error.
impl From<audit_log::Model> for Entry {
    fn from(row: audit_log::Model) -> Self {
        // What a later version wrote must not hide what this one can read.
        let (changes, is_read) = match row.changes {
            None => (Changes::default(), row.format == FORMAT),
            Some(changes) if row.format == FORMAT => match Changes::deserialize(&changes) {
                Ok(changes) => (changes, true),
                Err(_) => (Changes::default(), false),
            },
            Some(changes) => (Changes::of_format(row.format, &changes), false),
        };
        let mut entry = Self {
            id: row.id,
            kind: match row.kind {
                KIND_CHANGE => Kind::Change,
                KIND_EVENT => Kind::Event,
                _ => Kind::Unknown,
            },
            changeset_id: row.changeset_id,
            tenant: row.tenant,
            service: row.service,
            entity_type: row.entity_type,
            entity_id: row.entity_id,
            entity_label: row.entity_label,
            action: row.action,
            outcome: match &*row.outcome {
                "SUCCESS" => Outcome::Success,
                "DENIED" => Outcome::Denied,
                "FAILURE" => Outcome::Failure,
                _ => Outcome::Unknown,
            },
            actor: Actor {
                kind: row.actor_kind,
                id: row.actor_id,
                name: row.actor_name,
            },
            on_behalf_of: row.on_behalf_of,
            timestamp: row.timestamp,
            recorded_at: row.recorded_at,
            source: Source {
                ip: row.ip.and_then(|ip| ip.parse().ok()),
                user_agent: row.user_agent,
                session_id: row.session_id,
                request_id: row.request_id,
                trace_id: row.trace_id,
            },
            reason: row.reason,
            reverts: row.reverts,
            changes,
            metadata: row.metadata,
            is_read,
        };
        withhold(&mut entry);
        entry
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
