//! Translation of a question into SQL conditions.

use chrono::{DateTime, NaiveDate, NaiveTime, SubsecRound, TimeDelta, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, sea_query::Cond};

use super::{
    History, children,
    field::FieldCondition,
    log_rows::Conditions,
    scope::{Scope, Subject, one_of},
};
use crate::{Error, audit_log::Column, context::Actor, dialect::timestamp, text::identity};

/// The condition of a question on rows of the log.
pub(super) async fn conditions<C: ConnectionTrait>(
    question: &History,
    subject: &Subject<'_>,
    fields: &[FieldCondition],
    db: &C,
) -> Result<Conditions, Error> {
    let backend = db.get_database_backend();
    let mut all = question.plain_conditions(backend);
    all = if question.children.is_empty() {
        all.add(subject.condition())
    } else {
        all.add(children::condition(&question.children, subject, db).await?)
    };
    for field in fields {
        all = all
            .add_option(one_of(Column::EntityType, field.entity_types()))
            .add(field.in_sql(backend));
    }
    Ok(Conditions {
        all,
        index: question.index(),
    })
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
            &self.on_behalf_of.as_ref().map(Actor::short_form),
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
        let identities = |actor: &Option<crate::Actor>| actor.as_ref().map(Actor::short_form);
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
