//! An entry on its way into the log.

use std::{borrow::Cow, slice};

use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Value,
    sea_query::{Expr, InsertStatement, Query},
};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use crate::{
    AuditContext, Changes, Error,
    audit_log::{self, Column, KIND_CHANGE},
    context::{Actor, Parts},
    dialect::{self, is_missing_table},
    encode::storable::clean_json,
    error::{DatabaseError, is_certainly_undone},
    text,
};

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was not allowed.
    Denied,
    /// It was tried and failed.
    Failure,
    /// Of an entry that is read: what this version does not know of, as a later one may write it.
    Unknown,
}

impl Outcome {
    /// As it is stored: `SUCCESS`, `DENIED` or `FAILURE`; `UNKNOWN` is never stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Denied => "DENIED",
            Self::Failure => "FAILURE",
            Self::Unknown => "UNKNOWN",
        }
    }
}

/// What one entry says besides its context.
#[derive(Debug)]
pub(super) struct NewEntry {
    pub(super) kind: i16,
    pub(super) entity: Option<(String, String)>,
    pub(super) label: Option<String>,
    pub(super) action: Cow<'static, str>,
    pub(super) outcome: Outcome,
    pub(super) reverts: Option<i64>,
    pub(super) changes: Option<Json>,
    pub(super) metadata: Map<String, Json>,
    pub(super) timestamp: DateTime<Utc>,
}

impl NewEntry {
    pub(super) fn change(
        action: &'static str,
        entity: (String, String),
        label: Option<String>,
        changes: &Changes,
    ) -> Self {
        Self {
            kind: KIND_CHANGE,
            entity: Some(entity),
            label,
            action: action.into(),
            outcome: Outcome::Success,
            reverts: None,
            changes: Some(changes.to_json()),
            metadata: Map::new(),
            timestamp: now(),
        }
    }

    /// As one that takes another back.
    pub(super) fn reverting(self, reverts: Option<i64>) -> Self {
        Self { reverts, ..self }
    }

    pub(super) async fn write(
        &self,
        connection: &impl ConnectionTrait,
        context: &AuditContext,
        changeset_id: Uuid,
    ) -> Result<(), Error> {
        self.execute(connection, context, changeset_id)
            .await
            .map_err(failed_to_log)
    }

    /// Writes it in a transaction of its own, whose commit comes with the statement.
    pub(super) async fn write_alone(
        &self,
        connection: &impl ConnectionTrait,
        context: &AuditContext,
        changeset_id: Uuid,
    ) -> Result<(), Error> {
        let written = self.execute(connection, context, changeset_id).await;
        written.map_err(|error| {
            if is_certainly_undone(&error) {
                return failed_to_log(error);
            }
            let source = DatabaseError::scrubbed(error);
            Error::CommitUnknown {
                changeset_id,
                source,
            }
        })
    }

    async fn execute(
        &self,
        connection: &impl ConnectionTrait,
        context: &AuditContext,
        changeset_id: Uuid,
    ) -> Result<(), DbErr> {
        let statement = self.insert(connection, context.parts(), changeset_id);
        connection.execute(&statement).await.map(drop)
    }

    fn insert(
        &self,
        connection: &impl ConnectionTrait,
        context: &Parts,
        changeset_id: Uuid,
    ) -> InsertStatement {
        insert_all(
            slice::from_ref(self),
            connection.get_database_backend(),
            context,
            changeset_id,
        )
    }
}

/// Many entries in one statement.
pub(super) fn insert_all(
    entries: &[NewEntry],
    backend: DbBackend,
    context: &Parts,
    changeset_id: Uuid,
) -> InsertStatement {
    let mut insert = Query::insert().into_table(audit_log::Entity).to_owned();
    for entry in entries {
        let (entity_type, entity_id) = entry.entity.as_ref().map(|(kind, id)| (kind, id)).unzip();
        let own = [
            (Column::Kind, entry.kind.into()),
            (Column::Format, audit_log::FORMAT.into()),
            (Column::EntityType, identity(entity_type, 64)),
            // Capped where it was made.
            (Column::EntityId, entity_id.cloned().into()),
            (Column::EntityLabel, name(entry.label.as_ref(), 255)),
            (Column::Action, identity(Some(&entry.action), 64)),
            (Column::Outcome, entry.outcome.as_str().into()),
            (Column::Changes, entry.changes.clone().into()),
        ];
        let shared = shared(
            context,
            &entry.metadata,
            entry.reverts,
            backend,
            changeset_id,
            entry.timestamp,
        );
        let (columns, values): (Vec<_>, Vec<_>) = own.into_iter().chain(shared).unzip();
        insert
            .columns(columns)
            .values_panic(values.into_iter().map(Expr::val));
    }
    insert
}

/// What all entries of one write say alike.
pub(super) fn shared(
    context: &Parts,
    metadata: &Map<String, Json>,
    reverts: Option<i64>,
    backend: DbBackend,
    changeset_id: Uuid,
    timestamp: DateTime<Utc>,
) -> [(Column, Value); 16] {
    let source = &context.source;
    let mut all = context.metadata.clone();
    all.extend(metadata.clone());
    let metadata = (!all.is_empty()).then(|| clean_json(Json::Object(all)));
    let ip = source.ip.map(|ip| ip.to_canonical().to_string());
    [
        (Column::ChangesetId, changeset_id.into()),
        (Column::Tenant, identity(context.tenant.as_ref(), 64)),
        (Column::Service, identity(context.service.as_ref(), 64)),
        (Column::ActorKind, identity(Some(&context.actor.kind), 64)),
        (Column::ActorId, identity(Some(&context.actor.id), 255)),
        (Column::ActorName, name(context.actor.name.as_ref(), 255)),
        (
            Column::OnBehalfOf,
            identity(context.on_behalf_of.as_ref().map(short_form), 320),
        ),
        (Column::Timestamp, dialect::timestamp(backend, timestamp)),
        (Column::Ip, ip.into()),
        (Column::UserAgent, words(source.user_agent.as_ref(), 512)),
        (Column::SessionId, identity(source.session_id.as_ref(), 128)),
        (Column::RequestId, identity(source.request_id.as_ref(), 128)),
        (Column::TraceId, identity(source.trace_id.as_ref(), 64)),
        (Column::Reason, words(context.reason.as_ref(), 1024)),
        (Column::Reverts, reverts.into()),
        (Column::Metadata, metadata.into()),
    ]
}

pub(super) fn failed_to_log(error: DbErr) -> Error {
    if is_missing_table(&error) {
        Error::LogMissing(error.into())
    } else {
        DatabaseError::scrubbed(error).into()
    }
}

pub(super) fn now() -> DateTime<Utc> {
    Utc::now().trunc_subsecs(6)
}

/// `Admin:7`, how an actor stands in one column. A colon of the kind's own is escaped.
pub(crate) fn short_form(actor: &Actor) -> String {
    let kind = actor.kind.replace('\\', "\\\\").replace(':', "\\:");
    format!("{kind}:{}", actor.id)
}

/// The actor that a short form is of: a colon or backslash of the kind's own stands after a backslash.
pub(crate) fn from_short_form(text: &str) -> Option<Actor> {
    let mut kind = String::new();
    let mut chars = text.chars();
    loop {
        match chars.next()? {
            ':' => break,
            '\\' => kind.push(chars.next()?),
            char => kind.push(char),
        }
    }
    let id = chars.as_str();
    (!kind.is_empty() && !id.is_empty()).then(|| Actor::new(kind, id))
}

fn identity(value: Option<impl AsRef<str>>, limit: usize) -> Value {
    value
        .map(|value| text::identity(value.as_ref(), limit).into_owned())
        .into()
}

fn name(value: Option<impl AsRef<str>>, limit: usize) -> Value {
    value
        .map(|value| text::name(value.as_ref(), limit).into_owned())
        .into()
}

fn words(value: Option<impl AsRef<str>>, limit: usize) -> Value {
    value
        .map(|value| text::words(value.as_ref(), limit).into_owned())
        .into()
}
