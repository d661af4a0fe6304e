//! The plan of a purge.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, QuerySelect,
    sea_query::{Expr, ExprTrait},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, json};
use uuid::Uuid;

use super::{
    Policy,
    ages::Ages,
    delivered::{delivered, delivered_since},
    hold,
    scope::{is_held, of, recorded_before},
    transaction::{missing, now, transaction},
};
use crate::{
    AuditContext, Error, Outcome,
    audit_log::{self, Column, KIND_EVENT, with_action},
    text::{identity, sha256},
    write::EngineEvent,
};

/// A plan of a purge, for review, to keep as JSON and to [execute](super::Retention::execute).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Plan {
    /// Its id, which every PURGE entry of it has in its metadata.
    pub id: String,
    /// The time of the plan, by the database's clock.
    pub as_of: DateTime<Utc>,
    /// The last entry at that time.
    pub last_id: i64,
    /// The last entry that all required feeds had delivered; later ones stay. `None` if no feed is required.
    #[serde(default)]
    pub delivered: Option<i64>,
    /// The SHA-256 of all policies.
    pub policies_sha256: String,
    /// The SHA-256 of all holds in force.
    pub holds_sha256: String,
    /// The plan of each policy.
    pub policies: Vec<Planned>,
}

/// The plan of one policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Planned {
    /// The policy.
    pub policy: String,
    /// Entries recorded before this moment are deleted; `None` if they stay forever.
    pub before: Option<DateTime<Utc>>,
    /// The number of entries to delete.
    pub entries: u64,
    /// The first of them.
    pub first_id: Option<i64>,
    /// The last of them.
    pub last_id: Option<i64>,
    /// The number of entries that are old enough and on hold.
    pub held: u64,
    /// Entries recorded before this moment move to the archive; `None` if they stay in the log.
    #[serde(default)]
    pub archive_before: Option<DateTime<Utc>>,
    /// The number of entries to move to the archive.
    #[serde(default)]
    pub to_archive: u64,
    /// The number of archive files to destroy, except for entries on hold.
    #[serde(default)]
    pub files: u64,
    /// The number of entries that are too young, or stay forever.
    pub too_young: u64,
    /// The number of entries that are old enough, not on hold, and not delivered by a required feed.
    #[serde(default)]
    pub undelivered: u64,
}

impl Planned {
    pub(super) fn ages(&self) -> Ages {
        Ages {
            archive_before: self.archive_before,
            destroy_before: self.before,
        }
    }
}

impl Plan {
    /// The number of entries to delete from the log permanently.
    pub fn entries(&self) -> u64 {
        self.policies.iter().map(|planned| planned.entries).sum()
    }

    fn sha256(&self) -> String {
        digest(self)
    }
}

pub(super) async fn plan(policies: &[Policy], db: &DatabaseConnection) -> Result<Plan, Error> {
    let as_of = now(db).await?;
    let last_id = last_id(db).await?;
    let delivered = delivered(db).await?;
    let until = (last_id, delivered);
    let mut planned = Vec::new();
    for policy in policies {
        let ages = Ages::at(policy, as_of);
        planned.push(planned_by(policy, policies, ages, until, db).await?);
    }
    Ok(Plan {
        id: Uuid::now_v7().to_string(),
        as_of,
        last_id,
        delivered,
        policies_sha256: digest(&policies),
        holds_sha256: digest(&hold::holds(db).await?),
        policies: planned,
    })
}

/// Checks that the plan is up to date, and approved if a policy requires that.
pub(super) async fn check(
    plan: &Plan,
    policies: &[Policy],
    db: &DatabaseConnection,
    context: &AuditContext,
) -> Result<(), Error> {
    let mut changes = Vec::new();
    if digest(&policies) != plan.policies_sha256 {
        changes.push("the policies are others".to_owned());
    }
    if digest(&hold::holds(db).await?) != plan.holds_sha256 {
        changes.push("the holds are others".to_owned());
    }
    let until = (plan.last_id, delivered_since(plan.delivered, db).await?);
    for planned in &plan.policies {
        let Some(policy) = policies.iter().find(|policy| policy.name == planned.policy) else {
            changes.push(format!("there is no policy `{}`", planned.policy));
            continue;
        };
        let now = planned_by(policy, policies, planned.ages(), until, db).await?;
        for (what, then, now) in [
            ("go", planned.entries, now.entries),
            ("move to the archive", planned.to_archive, now.to_archive),
            ("of files go", planned.files, now.files),
            ("are on hold", planned.held, now.held),
            ("are too young", planned.too_young, now.too_young),
            ("are not delivered", planned.undelivered, now.undelivered),
        ] {
            if then != now {
                changes.push(format!(
                    "by policy `{}`, {now} entries {what}, not {then}",
                    planned.policy
                ));
            }
        }
    }
    if !changes.is_empty() {
        return Err(Error::PlanOutdated { changes });
    }
    let wants_approval = |planned: &&Planned| {
        let policy = policies.iter().find(|policy| policy.name == planned.policy);
        planned.entries > 0 && policy.is_some_and(|policy| policy.is_approved_by_two)
    };
    match plan.policies.iter().find(wants_approval) {
        Some(planned) if !is_approved(plan, db, context).await? => Err(Error::NotApproved {
            policy: planned.policy.clone(),
        }),
        _ => Ok(()),
    }
}

pub(super) async fn approve(
    plan: &Plan,
    db: &DatabaseConnection,
    context: &AuditContext,
) -> Result<(), Error> {
    let unit = transaction(db, context).await?;
    let mut metadata = Map::new();
    metadata.insert("plan".to_owned(), plan.id.clone().into());
    metadata.insert("plan_sha256".to_owned(), plan.sha256().into());
    metadata.insert("entries".to_owned(), plan.entries().into());
    let event = EngineEvent {
        action: "APPROVE",
        entity: None,
        reason: None,
        metadata,
    };
    unit.record_of_engine(event).await?;
    unit.commit().await
}

/// Whether another person than the executing one has approved it.
async fn is_approved(
    plan: &Plan,
    db: &DatabaseConnection,
    context: &AuditContext,
) -> Result<bool, Error> {
    let approvals = audit_log::Entity::find()
        .filter(with_action("APPROVE", db.get_database_backend()))
        .filter(Column::Kind.eq(KIND_EVENT))
        .filter(Column::Outcome.eq(Outcome::Success.as_str()))
        .filter(Column::Id.gt(plan.last_id))
        .all(db)
        .await?;
    let own = context.actor();
    let own = (identity(&own.kind, 64), identity(&own.id, 255));
    let digest = json!(plan.sha256());
    Ok(approvals.iter().any(|approval| {
        let metadata = approval.metadata.as_ref();
        metadata.is_some_and(|metadata| metadata["plan_sha256"] == digest)
            && (&*approval.actor_kind, &*approval.actor_id) != (&*own.0, &*own.1)
    }))
}

async fn planned_by(
    policy: &Policy,
    policies: &[Policy],
    ages: Ages,
    (last_id, delivered): (i64, Option<i64>),
    db: &DatabaseConnection,
) -> Result<Planned, Error> {
    let backend = db.get_database_backend();
    let all = || of(policy, policies, backend.into()).add(Column::Id.lte(last_id));
    let is_before = |age: Option<DateTime<Utc>>| match age {
        Some(age) => recorded_before(backend, age),
        None => Expr::val(1).eq(0),
    };
    let is_old = || is_before(ages.destroy_before);
    let moves = || is_before(ages.archive_before);
    let ages_of = || Condition::any().add(is_old()).add(moves());
    let goes = || all().add(is_held().not());
    let delivered = Column::Id.lte(delivered.unwrap_or(i64::MAX));
    let entries = span(goes().add(is_old()).add(delivered.clone()), db).await?;
    let to_archive = goes()
        .add(moves())
        .add(is_old().not())
        .add(delivered.clone());
    let held = all().add(ages_of()).add(is_held());
    let too_young = all().add(ages_of().not());
    let undelivered = goes().add(ages_of()).add(delivered.not());
    Ok(Planned {
        policy: policy.name.clone(),
        before: ages.destroy_before,
        entries: entries.0.unsigned_abs(),
        first_id: entries.1,
        last_id: entries.2,
        archive_before: ages.archive_before,
        to_archive: span(to_archive, db).await?.0.unsigned_abs(),
        files: files(policy, ages, db).await?,
        held: span(held, db).await?.0.unsigned_abs(),
        too_young: span(too_young, db).await?.0.unsigned_abs(),
        undelivered: span(undelivered, db).await?.0.unsigned_abs(),
    })
}

/// The number of archive files to destroy.
async fn files(policy: &Policy, ages: Ages, db: &DatabaseConnection) -> Result<u64, Error> {
    #[cfg(feature = "archive")]
    if let Some(before) = ages.destroy_before {
        return super::archive::destroyable(policy, before, db).await;
    }
    let _ = (policy, ages, db);
    Ok(0)
}

/// The number of entries, the first and the last.
type Span = (i64, Option<i64>, Option<i64>);

async fn span(condition: Condition, db: &DatabaseConnection) -> Result<Span, Error> {
    let span = audit_log::Entity::find()
        .select_only()
        .column_as(Column::Id.count(), "entries")
        .column_as(Column::Id.min(), "first")
        .column_as(Column::Id.max(), "last")
        .filter(condition)
        .into_tuple::<Span>()
        .one(db)
        .await;
    Ok(span.map_err(missing)?.unwrap_or_default())
}

async fn last_id(db: &DatabaseConnection) -> Result<i64, Error> {
    let last = audit_log::Entity::find()
        .select_only()
        .column_as(Column::Id.max(), "last")
        .into_tuple::<Option<i64>>()
        .one(db)
        .await?;
    Ok(last.flatten().unwrap_or(0))
}

fn digest(value: &impl Serialize) -> String {
    let json = json!(value).to_string();
    sha256(&json)
}
