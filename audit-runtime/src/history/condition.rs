//! A question's conditions as the database is asked them.

use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, sea_query::Cond};

use super::{History, children, field::FieldCondition};
use crate::{Error, audit_log::Column, dialect::timestamp, text::identity, write::short_form};

#[derive(Debug)]
pub(super) struct Conditions(pub(super) Cond);

impl Conditions {
    pub(super) async fn of<C: ConnectionTrait>(
        question: &History,
        fields: &[FieldCondition],
        db: &C,
    ) -> Result<Self, Error> {
        let backend = db.get_database_backend();
        let mut all = question.plain_conditions(backend);
        all = if question.children.is_empty() {
            all.add(question.scope_condition(backend))
        } else {
            all.add(children::condition(question, db).await?)
        };
        for field in fields {
            all = all
                .add(Column::EntityType.eq(field.entity_type()))
                .add(field.in_sql(backend));
        }
        Ok(Self(all))
    }

    pub(super) fn all(conditions: impl IntoIterator<Item = Cond>) -> Self {
        Self(conditions.into_iter().fold(Cond::all(), Cond::add))
    }
}

impl History {
    pub(super) fn scope_condition(&self, backend: DbBackend) -> Cond {
        let scope = &self.scope;
        Cond::all()
            .add_option(scope.entity_type().map(|name| Column::EntityType.eq(name)))
            .add_option(scope.entity_id(backend).map(|id| Column::EntityId.eq(id)))
    }

    fn plain_conditions(&self, backend: DbBackend) -> Cond {
        let equals = |column: Column, value: &Option<String>, limit| {
            let value = value.as_ref();
            value.map(|value| column.eq(identity(value, limit).as_ref()))
        };
        let mut all = Cond::all();
        if let Some(actor) = &self.actor {
            all = all
                .add(Column::ActorId.eq(identity(&actor.id, 255).as_ref()))
                .add(Column::ActorKind.eq(identity(&actor.kind, 64).as_ref()));
        }
        let time = |time| timestamp(backend, time);
        all.add_option(equals(
            Column::OnBehalfOf,
            &self.on_behalf_of.as_ref().map(short_form),
            320,
        ))
        .add_option(equals(Column::Action, &self.action, 64))
        .add_option(
            self.outcome
                .map(|outcome| Column::Outcome.eq(outcome.as_str())),
        )
        .add_option(self.since.map(|since| Column::Timestamp.gte(time(since))))
        .add_option(self.until.map(|until| Column::Timestamp.lt(time(until))))
        .add_option(self.changeset.map(|id| Column::ChangesetId.eq(id)))
        .add_option(equals(Column::RequestId, &self.request_id, 128))
        .add_option(equals(Column::SessionId, &self.session_id, 128))
        .add_option(
            self.ip
                .map(|ip| Column::Ip.eq(ip.to_canonical().to_string())),
        )
        .add_option(equals(Column::Tenant, &self.tenant, 64))
    }

    /// What makes the question another one.
    pub(super) fn fingerprint(&self, backend: DbBackend) -> String {
        let Self {
            scope,
            children,
            actor,
            on_behalf_of,
            action,
            outcome,
            since,
            until,
            changeset,
            request_id,
            session_id,
            ip,
            tenant,
            fields,
            misuse: _,
            newest_first,
        } = self;
        let identities = |actor: &Option<crate::Actor>| actor.as_ref().map(short_form);
        let children: Vec<_> = children.iter().map(|children| children.name()).collect();
        format!(
            "{:?}",
            (
                (scope.entity_type(), scope.entity_id(backend), children),
                (identities(actor), identities(on_behalf_of), action, outcome),
                (since, until, changeset, request_id, session_id, ip, tenant),
                (fields, newest_first),
            )
        )
    }
}
