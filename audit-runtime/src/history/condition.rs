//! A question's conditions as the database is asked them.

use chrono::{DateTime, NaiveDate, NaiveTime, SubsecRound, TimeDelta, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    QueryTrait,
    sea_query::{
        Cond,
        extension::mysql::{IndexHintScope, MySqlSelectStatementExt},
    },
};

use super::{
    History, children,
    field::FieldCondition,
    query::failed,
    scope::{Scope, Subject, one_of},
};
use crate::{
    Error,
    audit_log::{self, Column},
    dialect::timestamp,
    text::identity,
    write::short_form,
};

#[derive(Debug)]
pub(super) struct Conditions {
    all: Cond,
    /// The index that leads to the entries, where a database is known to choose worse.
    index: Option<&'static str>,
}

impl Conditions {
    pub(super) async fn of<C: ConnectionTrait>(
        question: &History,
        subject: &Subject<'_>,
        fields: &[FieldCondition],
        db: &C,
    ) -> Result<Self, Error> {
        let backend = db.get_database_backend();
        let mut all = question.plain_conditions(backend);
        all = if question.children.is_empty() {
            all.add(subject.condition())
        } else {
            all.add(children::condition(question, subject, db).await?)
        };
        for field in fields {
            all = all
                .add_option(one_of(Column::EntityType, field.entity_types()))
                .add(field.in_sql(backend));
        }
        Ok(Self {
            all,
            index: question.index(),
        })
    }

    pub(super) fn all(conditions: impl IntoIterator<Item = Cond>) -> Self {
        Self {
            all: conditions.into_iter().fold(Cond::all(), Cond::add),
            index: None,
        }
    }

    /// Entries after this one, in order, as rows of the log.
    pub(super) async fn next<C: ConnectionTrait>(
        &self,
        db: &C,
        after: Option<i64>,
        limit: usize,
        newest_first: bool,
    ) -> Result<Vec<audit_log::Model>, Error> {
        let mut query = audit_log::Entity::find().filter(self.all.clone());
        query = match (newest_first, after) {
            (true, Some(id)) => query.filter(Column::Id.lt(id)),
            (false, Some(id)) => query.filter(Column::Id.gt(id)),
            (_, None) => query,
        };
        query = if newest_first {
            query.order_by_desc(Column::Id)
        } else {
            query.order_by_asc(Column::Id)
        };
        if let (DbBackend::MySql, Some(index)) = (db.get_database_backend(), self.index) {
            QueryTrait::query(&mut query).force_index(index, IndexHintScope::All);
        }
        query.limit(limit as u64).all(db).await.map_err(failed)
    }
}

impl History {
    /// MariaDB would rather intersect two indexes, entry by entry.
    fn index(&self) -> Option<&'static str> {
        if !self.children.is_empty() {
            return None;
        }
        match self.scope {
            Scope::Row(_) | Scope::Named { .. } => Some("audit_log_entity"),
            Scope::All | Scope::Type(_) => self.changeset.map(|_| "audit_log_changeset"),
        }
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
        let time = |time| timestamp(backend, stored(time));
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
    pub(super) fn fingerprint(&self, subject: &Subject<'_>) -> String {
        let Self {
            scope: _,
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
                (subject, children),
                (identities(actor), identities(on_behalf_of), action, outcome),
                (since, until, changeset, request_id, session_id, ip, tenant),
                (fields, newest_first),
            )
        )
    }
}

/// The first instant of those the log can have that is not before this one. Entries have microseconds, and no database
/// takes every year.
fn stored(time: DateTime<Utc>) -> DateTime<Utc> {
    let year = |year| NaiveDate::from_ymd_opt(year, 1, 1).map(|day| day.and_time(NaiveTime::MIN));
    let time = match (year(1000), year(9999)) {
        (Some(first), Some(last)) => time.clamp(first.and_utc(), last.and_utc()),
        _ => time,
    };
    let truncated = time.trunc_subsecs(6);
    if time > truncated {
        truncated + TimeDelta::microseconds(1)
    } else {
        truncated
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};

    use super::stored;

    #[test]
    fn a_bound_is_no_earlier_than_it_was_asked_for() {
        for (asked, bound) in [
            ("2026-01-01T00:00:00.000001Z", "2026-01-01T00:00:00.000001Z"),
            (
                "2026-01-01T00:00:00.000001001Z",
                "2026-01-01T00:00:00.000002Z",
            ),
            ("2026-01-01T00:00:00.999999999Z", "2026-01-01T00:00:01Z"),
            ("0001-01-01T00:00:00Z", "1000-01-01T00:00:00Z"),
            ("+12026-01-01T00:00:00Z", "9999-01-01T00:00:00Z"),
        ] {
            let (asked, bound): (DateTime<Utc>, DateTime<Utc>) =
                (asked.parse().unwrap(), bound.parse().unwrap());
            assert_eq!(stored(asked), bound);
        }
        for end in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            assert!(
                (1000..=9999).contains(&chrono::Datelike::year(&stored(end))),
                "{end}"
            );
        }
    }
}
