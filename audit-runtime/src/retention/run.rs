//! A run: purges one batch after another, and pauses in between.

use std::{
    fmt::{self, Debug, Formatter},
    ops::ControlFlow,
    sync::Arc,
};

use sea_orm::DatabaseConnection;
use tokio::time::{Instant, sleep};

use super::{
    Plan, Planned, Policy, Report, Retention,
    ages::Ages,
    delivered::delivered_since,
    purge::{self, Choice, batch},
    transaction::now,
};
use crate::{AuditContext, Error};

#[derive(Clone)]
pub(super) struct AfterBatch(Arc<dyn Fn(u64) -> ControlFlow<()> + Send + Sync>);

impl AfterBatch {
    pub(super) fn new(call: impl Fn(u64) -> ControlFlow<()> + Send + Sync + 'static) -> Self {
        Self(Arc::new(call))
    }

    pub(super) fn call(&self, deleted: u64) -> ControlFlow<()> {
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

/// Deletes and archives entries that have reached their age, or those of the plan.
pub(super) async fn run(
    retention: &Retention,
    db: &DatabaseConnection,
    context: &AuditContext,
    plan: Option<&Plan>,
) -> Result<Report, Error> {
    check_archive(retention)?;
    let now = now(db).await?;
    let delivered = delivered_since(plan.and_then(|plan| plan.delivered), db).await?;
    let last_id = plan.map_or(i64::MAX, |plan| plan.last_id);
    let last_id = last_id.min(delivered.unwrap_or(i64::MAX));
    let plan_id = plan.map(|plan| &*plan.id);
    let mut report = Report {
        delivered,
        ..Default::default()
    };
    let planned = |policy: &Policy| {
        let mut planned = plan?.policies.iter();
        planned.find(|planned| planned.policy == policy.name)
    };
    let ages = |policy: &Policy| match plan {
        Some(_) => planned(policy).map_or_else(Ages::default, Planned::ages),
        None => Ages::at(policy, now),
    };
    for policy in &retention.policies {
        let Some(before) = ages(policy).destroy_before else {
            continue;
        };
        if plan.is_none() && policy.is_approved_by_two {
            report.awaiting_approval.push(policy.name.clone());
            continue;
        }
        let work = purge::Work {
            policy: &policy.name,
            document: Some(&policy.document),
            choice: Choice::Aged {
                policy,
                policies: &retention.policies,
                before,
            },
            plan_id,
            last_id,
            most: retention.batch,
        };
        if purged(retention, &work, &mut report, db, context)
            .await?
            .is_break()
        {
            report.is_ended_early = true;
            return Ok(report);
        }
    }
    #[cfg(feature = "archive")]
    if let Some(archive) = &retention.archive {
        let mut work = super::archive::Work {
            retention,
            archive,
            db,
            context,
            plan_id,
            last_id,
            report,
            failure: None,
        };
        let ended = super::archive::run(&mut work, ages).await?;
        if let Some(failure) = work.failure {
            return Err(failure);
        }
        report = work.report;
        report.is_ended_early = ended.is_break();
    }
    Ok(report)
}

/// Deletes the entries of one policy that have reached their age from the log.
async fn purged(
    retention: &Retention,
    work: &purge::Work<'_>,
    report: &mut Report,
    db: &DatabaseConnection,
    context: &AuditContext,
) -> Result<ControlFlow<()>, Error> {
    let mut until = 0;
    loop {
        let begun = Instant::now();
        let Some(done) = batch(work, until, db, context).await? else {
            return Ok(ControlFlow::Continue(()));
        };
        until = done.until;
        report.add(work.policy, &done);
        if retention.after_batch.call(report.purged()).is_break() {
            return Ok(ControlFlow::Break(()));
        }
        if done.is_last {
            return Ok(ControlFlow::Continue(()));
        }
        sleep(retention.rest(begun.elapsed())).await;
    }
}

/// Refuses a policy whose entries move to an archive, if there is none.
pub(super) fn check_archive(retention: &Retention) -> Result<(), Error> {
    #[cfg(feature = "archive")]
    if retention.archive.is_none()
        && let Some(policy) = retention
            .policies
            .iter()
            .find(|policy| policy.hot.is_some())
    {
        let problem =
            "its entries move to an archive, but this retention has none: add Retention::archive";
        return Err(super::check::refused(&policy.name, problem));
    }
    let _ = retention;
    Ok(())
}
