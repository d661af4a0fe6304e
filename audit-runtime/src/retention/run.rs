//! A run: batch after batch, at a pace that leaves room for others.

use std::{
    fmt::{self, Debug, Formatter},
    ops::ControlFlow,
    sync::Arc,
};

use sea_orm::DatabaseConnection;
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::{
    Plan, Retention,
    delivered::delivered_since,
    purge::{Work, batch},
    transaction::now,
};
use crate::{AuditContext, Error};

/// What a run did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// What was deleted, by policy; policies by which nothing was are left out.
    pub policies: Vec<Purged>,
    /// The policies whose entries wait for a plan that somebody else approves.
    pub awaiting_approval: Vec<String>,
    /// Whether [`Retention::after_batch`] ended it, so that more may have reached its age.
    pub is_ended_early: bool,
    /// The last entry that all required feeds have delivered; nothing later was deleted. `None` if no feed is required.
    pub delivered: Option<i64>,
}

/// What was deleted by one policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Purged {
    /// The policy.
    pub policy: String,
    /// How many.
    pub entries: u64,
    /// The first of them.
    pub first_id: i64,
    /// The last of them.
    pub last_id: i64,
}

impl Report {
    /// How many entries were deleted.
    pub fn purged(&self) -> u64 {
        self.policies.iter().map(|purged| purged.entries).sum()
    }
}

/// What is called after each batch.
#[derive(Clone)]
pub(super) struct AfterBatch(Arc<dyn Fn(u64) -> ControlFlow<()> + Send + Sync>);

impl AfterBatch {
    pub(super) fn new(call: impl Fn(u64) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(call))
    }

    fn call(&self, deleted: u64) -> ControlFlow<()> {
        (self.0)(deleted)
    }
}

impl Default for AfterBatch {
    fn default() -> Self {
        Self::new(|_| ControlFlow::Continue(()))
    }
}

impl Debug for AfterBatch {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("AfterBatch").finish_non_exhaustive()
    }
}

/// Deletes what has reached its age, or what the plan says.
pub(super) async fn purge(
    retention: &Retention,
    db: &DatabaseConnection,
    context: &AuditContext,
    plan: Option<&Plan>,
) -> Result<Report, Error> {
    let now = now(db).await?;
    let policies = &retention.policies;
    let delivered = delivered_since(plan.and_then(|plan| plan.delivered), db).await?;
    let mut report = Report {
        delivered,
        ..Default::default()
    };
    for policy in policies {
        let planned = plan.and_then(|plan| {
            let mut planned = plan.policies.iter();
            planned.find(|planned| planned.policy == policy.name)
        });
        let before = match (plan, planned) {
            (Some(_), planned) => planned.and_then(|planned| planned.before),
            (None, _) => policy.destroy_after.map(|age| now - age),
        };
        let Some(before) = before else { continue };
        if plan.is_none() && policy.is_approved_by_two {
            report.awaiting_approval.push(policy.name.clone());
            continue;
        }
        let work = Work {
            policy,
            policies,
            before,
            plan,
            delivered,
            most: retention.batch,
        };
        let mut purged = Purged {
            policy: policy.name.clone(),
            entries: 0,
            first_id: 0,
            last_id: 0,
        };
        loop {
            let begun = Instant::now();
            let Some(done) = batch(&work, purged.last_id, db, context).await? else {
                break;
            };
            if purged.entries == 0 {
                purged.first_id = done.first_id;
            }
            purged.entries += done.entries;
            purged.last_id = done.last_id;
            let deleted = report.purged() + purged.entries;
            if retention.after_batch.call(deleted).is_break() {
                report.policies.push(purged);
                report.is_ended_early = true;
                return Ok(report);
            }
            if done.entries < retention.batch {
                break;
            }
            sleep(retention.rest(begun.elapsed())).await;
        }
        if purged.entries > 0 {
            report.policies.push(purged);
        }
    }
    Ok(report)
}
