//! The conditions of a query. Each is declared once, in [`Condition::declaration`].

use std::net::IpAddr;

use chrono::{DateTime, NaiveDate, NaiveTime, SecondsFormat, SubsecRound, TimeDelta, Utc};
use sea_orm::{ColumnTrait, DbBackend, sea_query::Cond};
use uuid::Uuid;

use super::cold::Test;
use crate::{
    Actor,
    audit_log::{Column, Index, Outcome, with_action},
    dialect::timestamp,
    text::{identity, name},
};

/// A condition on columns that every entry has. [`FieldFilter`](super::field::FieldFilter) is the condition on changed
/// fields.
#[derive(Clone, Debug)]
pub(crate) enum Condition {
    Actor(Actor),
    OnBehalfOf(Actor),
    Action(String),
    Outcome(Outcome),
    Since(DateTime<Utc>),
    Until(DateTime<Utc>),
    Changeset(Uuid),
    RequestId(String),
    SessionId(String),
    Ip(IpAddr),
    Tenant(String),
    ActorKind(String),
    ActorId(String),
    ActorName(String),
    EntityLabel(String),
    Service(String),
    #[cfg(any(
        all(feature = "axum", feature = "viewer"),
        feature = "cli",
        feature = "test"
    ))]
    AfterId(i64),
    #[cfg(feature = "cli")]
    UpToId(i64),
}

/// The declaration of a condition.
#[derive(Debug)]
pub(crate) struct Declaration {
    /// The name of the method of [`History`](super::History), and of the URL parameter if there is one.
    pub(crate) name: &'static str,
    pub(super) reach: Reach,
    /// The value in a form that does not depend on a library's `Debug`, for cursors.
    pub(super) written: String,
    pub(super) comparison: Comparison,
}

/// The index that finds the entries that satisfy a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// An index that every log has. It is selective enough to combine with any other condition.
    Indexed,
    /// As `Indexed`. MariaDB must be forced to use this index, because it would intersect it with another one.
    Forced(&'static str),
    /// An index that every log has, or the order of ids, as for all updates. It is not selective enough to combine with
    /// an unindexed condition.
    Ordered,
    /// An optional index.
    Optional(Index),
    /// No index.
    Unindexed,
}

/// The comparison of a value with columns of the log.
#[derive(Clone, Debug)]
pub(super) enum Comparison {
    /// Columns of identifying text, each with its value and its length.
    Texts(Vec<(Column, String, usize)>),
    Action(String),
    Uuid(Column, Uuid),
    /// At this time or later.
    NotBefore(Column, DateTime<Utc>),
    Before(Column, DateTime<Utc>),
    #[cfg(any(
        all(feature = "axum", feature = "viewer"),
        feature = "cli",
        feature = "test"
    ))]
    Above(Column, i64),
    #[cfg(feature = "cli")]
    AtMost(Column, i64),
}

impl Condition {
    pub(crate) fn declaration(&self) -> Declaration {
        match self {
            Self::Actor(actor) => Declaration {
                name: "actor",
                reach: Reach::Indexed,
                written: actor.short_form(),
                comparison: Comparison::Texts(vec![
                    (Column::ActorId, actor.id.clone(), 255),
                    (Column::ActorKind, actor.kind.clone(), 64),
                ]),
            },
            Self::OnBehalfOf(actor) => Declaration {
                name: "on_behalf_of",
                reach: Reach::Unindexed,
                written: actor.short_form(),
                comparison: text(Column::OnBehalfOf, &actor.short_form(), 320),
            },
            Self::Action(action) => Declaration {
                name: "action",
                reach: Reach::Ordered,
                written: action.clone(),
                comparison: Comparison::Action(action.clone()),
            },
            Self::Outcome(outcome) => unindexed("outcome", Column::Outcome, outcome.as_str(), 16),
            Self::Since(time) => Declaration {
                name: "since",
                reach: Reach::Indexed,
                written: written_time(*time),
                comparison: Comparison::NotBefore(Column::Timestamp, stored(*time)),
            },
            Self::Until(time) => Declaration {
                name: "until",
                reach: Reach::Ordered,
                written: written_time(*time),
                comparison: Comparison::Before(Column::Timestamp, stored(*time)),
            },
            Self::Changeset(id) => Declaration {
                name: "changeset",
                reach: Reach::Forced("audit_log_changeset"),
                written: id.to_string(),
                comparison: Comparison::Uuid(Column::ChangesetId, *id),
            },
            Self::RequestId(id) => Declaration {
                name: "request_id",
                reach: Reach::Optional(Index::RequestId),
                written: id.clone(),
                comparison: text(Column::RequestId, id, 128),
            },
            Self::SessionId(id) => unindexed("session_id", Column::SessionId, id, 128),
            Self::Ip(ip) => Declaration {
                name: "ip",
                reach: Reach::Unindexed,
                written: ip.to_string(),
                comparison: text(Column::Ip, &ip.to_canonical().to_string(), 45),
            },
            Self::Tenant(tenant) => unindexed("tenant", Column::Tenant, tenant, 64),
            Self::ActorKind(kind) => unindexed("actor_kind", Column::ActorKind, kind, 64),
            Self::ActorId(id) => Declaration {
                reach: Reach::Indexed,
                ..unindexed("actor_id", Column::ActorId, id, 255)
            },
            Self::ActorName(name) => named("actor_name", Column::ActorName, name),
            Self::EntityLabel(label) => named("entity_label", Column::EntityLabel, label),
            Self::Service(service) => unindexed("service", Column::Service, service, 64),
            #[cfg(any(
                all(feature = "axum", feature = "viewer"),
                feature = "cli",
                feature = "test"
            ))]
            Self::AfterId(id) => Declaration {
                name: "after_id",
                reach: Reach::Indexed,
                written: id.to_string(),
                comparison: Comparison::Above(Column::Id, *id),
            },
            #[cfg(feature = "cli")]
            Self::UpToId(id) => Declaration {
                name: "up_to_id",
                reach: Reach::Ordered,
                written: id.to_string(),
                comparison: Comparison::AtMost(Column::Id, *id),
            },
        }
    }
}

fn unindexed(name: &'static str, column: Column, value: &str, limit: usize) -> Declaration {
    Declaration {
        name,
        reach: Reach::Unindexed,
        written: value.to_owned(),
        comparison: text(column, value, limit),
    }
}

/// A name is stored in another form than identifying text. At 256, a name of full length is not shortened again.
fn named(condition: &'static str, column: Column, value: &str) -> Declaration {
    unindexed(condition, column, &name(value, 255), 256)
}

fn text(column: Column, value: &str, limit: usize) -> Comparison {
    Comparison::Texts(vec![(column, value.to_owned(), limit)])
}

impl Comparison {
    pub(super) fn in_sql(&self, backend: DbBackend) -> Cond {
        match self {
            Self::Texts(texts) => texts
                .iter()
                .fold(Cond::all(), |all, (column, text, limit)| {
                    all.add(column.eq(identity(text, *limit).as_ref()))
                }),
            Self::Action(action) => with_action(action, backend),
            Self::Uuid(column, id) => Cond::all().add(column.eq(*id)),
            Self::NotBefore(column, time) => Cond::all().add(column.gte(timestamp(backend, *time))),
            Self::Before(column, time) => Cond::all().add(column.lt(timestamp(backend, *time))),
            #[cfg(any(
                all(feature = "axum", feature = "viewer"),
                feature = "cli",
                feature = "test"
            ))]
            Self::Above(column, id) => Cond::all().add(column.gt(*id)),
            #[cfg(feature = "cli")]
            Self::AtMost(column, id) => Cond::all().add(column.lte(*id)),
        }
    }

    /// The comparison of entries outside of the database.
    pub(super) fn tests(&self) -> Vec<Test> {
        match self {
            Self::Texts(texts) => {
                let texts = texts.iter();
                let stored = |text: &str, limit| vec![identity(text, limit).into_owned()];
                texts
                    .map(|(column, text, limit)| Test::Text(*column, stored(text, *limit)))
                    .collect()
            }
            Self::Action(action) => {
                let stored = identity(action, 64).into_owned();
                vec![Test::Text(Column::Action, vec![stored])]
            }
            Self::Uuid(column, id) => vec![Test::Uuid(*column, *id)],
            Self::NotBefore(column, time) => vec![Test::NotBefore(*column, *time)],
            Self::Before(column, time) => vec![Test::Before(*column, *time)],
            #[cfg(any(
                all(feature = "axum", feature = "viewer"),
                feature = "cli",
                feature = "test"
            ))]
            Self::Above(column, id) => vec![Test::Above(*column, *id)],
            #[cfg(feature = "cli")]
            Self::AtMost(column, id) => vec![Test::AtMost(*column, *id)],
        }
    }
}

fn written_time(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Nanos, true)
}

/// Rounds up to the resolution of the log, and clamps to the years that every database accepts.
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
