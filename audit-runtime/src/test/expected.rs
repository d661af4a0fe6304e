//! The entries that a test expects.

use std::fmt::{self, Display, Formatter};

use sea_orm::{
    DbBackend, Value,
    sea_query::{IntoValueTuple, ValueTuple},
};

use crate::{
    Actor, Entry, Kind, Outcome, PastValue,
    audited::{Audited, AuditedColumn, IntoKey, entity_type::entity_types},
    entity_id::entity_id_of,
    history::FieldFilter,
};

/// An entry that a test expects. A property that is not set may have any value.
#[derive(Clone, Debug)]
#[must_use = "it is expected by `assert_audited!` or `Recorded::assert`"]
pub struct Expected {
    kind: Kind,
    action: String,
    record: Option<Record>,
    fields: Vec<FieldFilter>,
    has_no_others: bool,
    actor: Option<Actor>,
    outcome: Option<Outcome>,
    reason: Option<String>,
}

#[derive(Clone, Debug)]
struct Record {
    entity_types: Vec<String>,
    id: Id,
}

#[derive(Clone, Debug)]
enum Id {
    Text(String),
    Key(ValueTuple, fn(ValueTuple, DbBackend) -> String),
}

impl Id {
    fn text(&self, backend: DbBackend) -> String {
        match self {
            Self::Text(id) => id.clone(),
            Self::Key(key, id_of) => id_of(key.clone(), backend),
        }
    }
}

impl Record {
    fn of<E: Audited>(id: impl IntoKey<E>) -> Self {
        Self {
            entity_types: entity_types::<E>(),
            id: Id::Key(id.into_key().into_value_tuple(), entity_id_of::<E>),
        }
    }

    fn is_of(&self, entry: &Entry, backend: DbBackend) -> bool {
        let is_of_type = |found: &String| self.entity_types.contains(found);
        entry.entity_type.as_ref().is_some_and(is_of_type)
            && entry.entity_id.as_deref() == Some(&self.id.text(backend))
    }
}

impl Expected {
    /// The insertion of the row with this id.
    pub fn create<E: Audited>(id: impl IntoKey<E>) -> Self {
        Self::change("CREATE", Record::of::<E>(id))
    }

    /// A change of the row with this id.
    pub fn update<E: Audited>(id: impl IntoKey<E>) -> Self {
        Self::change("UPDATE", Record::of::<E>(id))
    }

    /// The deletion of the row with this id.
    pub fn delete<E: Audited>(id: impl IntoKey<E>) -> Self {
        Self::change("DELETE", Record::of::<E>(id))
    }

    /// An event of this name. Its outcome is SUCCESS, unless [`denied`](Self::denied) or [`failed`](Self::failed) sets
    /// another.
    pub fn event(action: impl Into<String>) -> Self {
        Self {
            outcome: Some(Outcome::Success),
            ..Self::new(Kind::Event, action.into(), None)
        }
    }

    fn change(action: &str, record: Record) -> Self {
        Self::new(Kind::Change, action.to_owned(), Some(record))
    }

    fn new(kind: Kind, action: String, record: Option<Record>) -> Self {
        Self {
            kind,
            action,
            record,
            fields: Vec::new(),
            has_no_others: false,
            actor: None,
            outcome: None,
            reason: None,
        }
    }

    /// Expects that the field changed from `before` to `after`.
    pub fn from_to<C: AuditedColumn>(
        self,
        column: C,
        before: impl Into<Value>,
        after: impl Into<Value>,
    ) -> Self {
        self.field(column, Some(before.into()), Some(after.into()))
    }

    /// Expects this value of the field after the insertion or the change.
    pub fn to<C: AuditedColumn>(self, column: C, after: impl Into<Value>) -> Self {
        self.field(column, None, Some(after.into()))
    }

    /// Expects this value of the field before the change or the deletion.
    pub fn from<C: AuditedColumn>(self, column: C, before: impl Into<Value>) -> Self {
        self.field(column, Some(before.into()), None)
    }

    /// Expects the field in the entry, with any values. Those of a redacted field are not known.
    pub fn field_changed<C: AuditedColumn>(self, column: C) -> Self {
        self.field(column, None, None)
    }

    fn field<C: AuditedColumn>(
        mut self,
        column: C,
        before: Option<Value>,
        after: Option<Value>,
    ) -> Self {
        let mut field = FieldFilter::of_column::<C::Entity>(column);
        (field.before, field.after) = (before, after);
        self.fields.push(field);
        self
    }

    /// Expects no fields in the entry except those above.
    pub fn and_no_other_field(self) -> Self {
        Self {
            has_no_others: true,
            ..self
        }
    }

    /// Expects this actor, compared by kind and id, and by the role if it has one.
    pub fn by(self, actor: &Actor) -> Self {
        Self {
            actor: Some(actor.clone()),
            ..self
        }
    }

    /// Expects this reason.
    pub fn because(self, reason: impl Into<String>) -> Self {
        Self {
            reason: Some(reason.into()),
            ..self
        }
    }

    /// Expects an event about the row with this id.
    pub fn about<E: Audited>(self, id: impl IntoKey<E>) -> Self {
        Self {
            record: Some(Record::of::<E>(id)),
            ..self
        }
    }

    /// Expects an event about the record of this type and id in the log.
    pub fn on(self, entity_type: impl Into<String>, entity_id: impl Display) -> Self {
        let record = Record {
            entity_types: vec![entity_type.into()],
            id: Id::Text(entity_id.to_string()),
        };
        Self {
            record: Some(record),
            ..self
        }
    }

    /// Expects the outcome DENIED.
    pub fn denied(self) -> Self {
        Self {
            outcome: Some(Outcome::Denied),
            ..self
        }
    }

    /// Expects the outcome FAILURE.
    pub fn failed(self) -> Self {
        Self {
            outcome: Some(Outcome::Failure),
            ..self
        }
    }

    /// Whether the entry is the expected one. Fails if a field cannot hold its expected value.
    pub(super) fn is(&self, entry: &Entry, backend: DbBackend) -> Result<bool, crate::Error> {
        for field in &self.fields {
            if !field.condition()?.matches(entry) {
                return Ok(false);
            }
        }
        let is_named = |name: &str| {
            self.fields
                .iter()
                .any(|field| field.names().contains(&name))
        };
        let is_by = |actor: &Actor| {
            actor.kind() == entry.actor.kind()
                && actor.id() == entry.actor.id()
                && (actor.role_name().is_none() || actor.role_name() == entry.actor.role_name())
        };
        Ok(self.kind == entry.kind
            && self.action == entry.action
            && self
                .record
                .as_ref()
                .is_none_or(|record| record.is_of(entry, backend))
            && (!self.has_no_others || entry.changes.iter().all(|(name, _)| is_named(name)))
            && self.actor.as_ref().is_none_or(is_by)
            && self.outcome.is_none_or(|outcome| outcome == entry.outcome)
            && (self.reason.is_none() || self.reason == entry.reason))
    }

    /// The expected entry as a line of a message.
    pub(super) fn told(&self, backend: DbBackend) -> String {
        Told(self, backend).to_string()
    }
}

struct Told<'a>(&'a Expected, DbBackend);

impl Display for Told<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self(expected, backend) = *self;
        f.write_str(&expected.action)?;
        if let Some(Record { entity_types, id }) = &expected.record {
            let entity_type = entity_types.first().map_or("", String::as_str);
            write!(f, " of {entity_type} {}", id.text(backend))?;
        }
        for field in &expected.fields {
            write!(f, ", {}", field.names().first().unwrap_or(&""))?;
            for (word, value) in [("from", &field.before), ("to", &field.after)] {
                if let Some(value) = value {
                    write!(f, " {word} {}", PastValue::Known(value.clone()))?;
                }
            }
        }
        if expected.has_no_others {
            f.write_str(", and no other field")?;
        }
        if let Some(outcome) = expected.outcome {
            write!(f, ", {outcome}")?;
        }
        if let Some(actor) = &expected.actor {
            write!(f, ", by {} {}", actor.kind(), actor.id())?;
            if let Some(role) = actor.role_name() {
                write!(f, " as {role}")?;
            }
        }
        match &expected.reason {
            Some(reason) => write!(f, ", because {reason:?}"),
            None => Ok(()),
        }
    }
}
