//! The columns of an entry and their values.

use chrono::{DateTime, Utc};
use sea_orm::{ConnectionTrait, DbBackend, Value};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::{super::target::Target, NewEntry};
use crate::{
    audit_log::{self, ACTOR_ROLE, Column},
    context::{Actor, Parts},
    dialect,
    encode::storable::clean_json,
    text,
};

impl NewEntry {
    pub(super) fn values<C: ConnectionTrait>(
        &self,
        target: &Target<'_, C>,
    ) -> impl Iterator<Item = (Column, Value)> {
        let (entity_type, entity_id) = self.entity.as_ref().map(|(kind, id)| (kind, id)).unzip();
        let own = [
            (Column::Kind, self.kind.into()),
            (Column::Format, audit_log::FORMAT.into()),
            (Column::EntityType, identity(entity_type, 64)),
            // Already shortened when it was created.
            (Column::EntityId, entity_id.cloned().into()),
            (Column::EntityLabel, name(self.label.as_ref(), 255)),
            (Column::Action, identity(Some(&self.action), 64)),
            (Column::Outcome, self.outcome.as_str().into()),
            (Column::Changes, self.changes.clone().into()),
        ];
        let shared = shared(
            target.context.parts(),
            &self.metadata,
            self.reverts,
            target.connection.get_database_backend(),
            target.changeset_id,
            self.timestamp,
        );
        own.into_iter().chain(shared)
    }
}

/// The columns that all entries of one write share.
pub(in crate::write) fn shared(
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
    // The key is reserved for the engine: the application's value for it is not a role.
    all.remove(ACTOR_ROLE);
    if let Some(role) = &context.actor.role {
        let role = text::name(role, 64).into_owned();
        all.insert(ACTOR_ROLE.to_owned(), role.into());
    }
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
            identity(context.on_behalf_of.as_ref().map(Actor::short_form), 320),
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
