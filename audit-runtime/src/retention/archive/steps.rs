//! The archive steps of a run: cleans up after interrupted runs, moves entries, and destroys files.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, sea_query::ExprTrait};
use uuid::Uuid;

use super::{
    super::{
        Archived, Policy,
        ages::Ages,
        scope::{is_held, of, recorded_before},
        transaction::{missing, now},
    },
    Work,
    destroy::destroyed,
    manifest::{self, ABANDONED, Claim, VERIFIED, WRITING},
    moving,
};
use crate::{Error, audit_log::Column as Log, dialect::Family};

/// Runs the steps, until the caller ends the run.
pub(in super::super) async fn run(
    work: &mut Work<'_>,
    ages: impl Fn(&Policy) -> Ages,
) -> Result<ControlFlow<()>, Error> {
    clean(work).await?;
    let verified = manifest::in_state(VERIFIED).all(work.db).await;
    for file in verified.map_err(missing)? {
        let purged = moving::purged(work, &file).await;
        if work.of_one_file(purged)? == Some(ControlFlow::Break(())) {
            return Ok(ControlFlow::Break(()));
        }
    }
    for policy in &work.retention.policies {
        if let Some(before) = ages(policy).archive_before
            && archived(work, policy, before).await?.is_break()
        {
            return Ok(ControlFlow::Break(()));
        }
    }
    for policy in &work.retention.policies {
        let is_allowed = work.plan_id.is_some() || !policy.is_approved_by_two;
        if let Some(before) = ages(policy).destroy_before.filter(|_| is_allowed)
            && destroyed(work, policy, before).await?.is_break()
        {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Deletes files that interrupted runs left in the store.
async fn clean(work: &Work<'_>) -> Result<(), Error> {
    let now = now(work.db).await?;
    for file in manifest::in_state(WRITING)
        .all(work.db)
        .await
        .map_err(missing)?
    {
        if file.lease_until <= now {
            manifest::change(&file, WRITING, ABANDONED)
                .exec(work.db)
                .await?;
        }
    }
    let abandoned = manifest::in_state(ABANDONED)
        .all(work.db)
        .await
        .map_err(missing)?;
    let late = abandoned
        .iter()
        .filter(|file| now < file.lease_until + manifest::LATE);
    for file in late {
        manifest::delete(work.archive, &file.file).await?;
    }
    manifest::delete_destroying(work).await
}

/// Moves the entries of one policy that have reached their age, file by file.
async fn archived(
    work: &mut Work<'_>,
    policy: &Policy,
    before: DateTime<Utc>,
) -> Result<ControlFlow<()>, Error> {
    let worker = Uuid::now_v7().to_string();
    let mut first_id = 0;
    loop {
        let entries = of(policy, &work.retention.policies, Family::of(work.db))
            .add(recorded_before(work.db.get_database_backend(), before))
            .add(is_held().not())
            .add(Log::Id.gte(first_id))
            .add(Log::Id.lte(work.last_id));
        // Entries in a file that are not deleted from the log yet do not go to another file.
        let new = entries.clone().add(manifest::is_in_a_file().not());
        let claim = manifest::claim(work, &policy.name, new.clone(), &worker);
        let claimed = match claim.await? {
            Claim::Nothing => return Ok(ControlFlow::Continue(())),
            Claim::Busy => {
                work.report.is_archive_busy = true;
                return Ok(ControlFlow::Continue(()));
            }
            Claim::Ended => return Ok(ControlFlow::Break(())),
            Claim::File(claimed) => claimed,
        };
        first_id = claimed.first_id;
        let file = match moving::written(work, &claimed, new).await? {
            ControlFlow::Break(()) => return Ok(ControlFlow::Break(())),
            // A hold was placed meanwhile.
            ControlFlow::Continue(None) => continue,
            ControlFlow::Continue(Some(file)) => file,
        };
        work.report.archived.push(Archived {
            policy: file.policy.clone(),
            file: file.file.clone(),
            entries: file.entries.unsigned_abs(),
            first_id: file.first_id,
            last_id: file.last_id,
            bytes: file.bytes.unsigned_abs(),
        });
        if moving::purged(work, &file).await?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
}
