//! Moves entries to the archive: writes a file, compares it with the log, and deletes its entries from the log.

use std::ops::ControlFlow;

use arrow_array::{Int64Array, RecordBatch};
use futures_util::TryStreamExt;
use sea_orm::{ColumnTrait, Condition};
use tokio::time::{Instant, sleep};

use super::{
    super::purge::{self, Choice, Done},
    Work, columns,
    file::{self, Content, Writer},
    log,
    manifest::{self, PURGED, VERIFIED, WRITING},
};
use crate::{Error, audit_log::Column, history::cold::file::Model};

/// Writes a claimed file and verifies it, unless the caller ends the run, or nothing is left to write.
pub(super) async fn written(
    work: &Work<'_>,
    claimed: &Model,
    entries: Condition,
) -> Result<ControlFlow<(), Option<Model>>, Error> {
    let result = write(work, claimed, entries).await;
    if !matches!(result, Ok(ControlFlow::Continue(Some(_)))) {
        // An error is ignored, because a later run does the rest.
        let abandoned = manifest::change(claimed, WRITING, manifest::ABANDONED);
        if abandoned
            .exec(work.db)
            .await
            .is_ok_and(|done| done.rows_affected == 1)
        {
            let _ = manifest::delete(work.archive, &claimed.file).await;
        }
    }
    result
}

async fn write(
    work: &Work<'_>,
    claimed: &Model,
    entries: Condition,
) -> Result<ControlFlow<(), Option<Model>>, Error> {
    let mut writer = Writer::new(work.archive, &claimed.file, &claimed.policy)?;
    let mut last_id = claimed.first_id - 1;
    let mut is_empty = true;
    loop {
        let begun = Instant::now();
        let next = entries
            .clone()
            .add(Column::Id.gt(last_id))
            .add(Column::Id.lte(claimed.last_id))
            .add(manifest::recorded_within(
                claimed.first_at,
                claimed.last_at,
                work.db,
            ));
        let Some(page) = log::page(next, work.db).await? else {
            break;
        };
        last_id = ids(&page, &claimed.file)?
            .last()
            .copied()
            .unwrap_or(last_id);
        is_empty = false;
        writer.write(&page).await?;
        manifest::renew(work.archive, claimed, work.db).await?;
        if work.progress().is_break() {
            return Ok(ControlFlow::Break(()));
        }
        sleep(work.retention.rest(begun.elapsed())).await;
    }
    if is_empty {
        return Ok(ControlFlow::Continue(None));
    }
    let content = writer.finish().await?;
    if compare(work, claimed, &content).await?.is_break() {
        return Ok(ControlFlow::Break(()));
    }
    manifest::describe(work.archive, claimed, &content).await?;
    let verified = manifest::verified(claimed, &content, work.db).await?;
    Ok(ControlFlow::Continue(Some(verified)))
}

/// Reads a file back and compares all of it with the log, unless the caller ends the run.
async fn compare(
    work: &Work<'_>,
    claimed: &Model,
    content: &Content,
) -> Result<ControlFlow<()>, Error> {
    is_intact(work, &claimed.file, content.bytes, &content.sha256).await?;
    let mut batches = file::read(work.archive, &claimed.file, content.bytes).await?;
    let mut compared = 0;
    loop {
        let begun = Instant::now();
        let batch = batches.try_next().await;
        let Some(batch) = batch.map_err(|error| Error::archive(&claimed.file, error))? else {
            break;
        };
        let mut rest = batch;
        // A page of the log may be shorter.
        while rest.num_rows() > 0 {
            let ids = ids(&rest, &claimed.file)?;
            let same = Condition::all().add(Column::Id.is_in(ids.iter().copied()));
            let page = log::page(same, work.db).await?;
            let rows = page.as_ref().map_or(0, RecordBatch::num_rows);
            let stored = rest.slice(0, rows);
            let is_same = page.is_some_and(|page| page.columns() == stored.columns());
            if !is_same {
                let problem = format!("entry {} or a later one differs from the log", ids[0]);
                return Err(Error::archive_differs(&claimed.file, problem));
            }
            compared += rows as i64;
            rest = rest.slice(rows, rest.num_rows() - rows);
        }
        manifest::renew(work.archive, claimed, work.db).await?;
        if work.progress().is_break() {
            return Ok(ControlFlow::Break(()));
        }
        sleep(work.retention.rest(begun.elapsed())).await;
    }
    if compared != content.entries {
        let problem = format!("it has {compared} entries, not {}", content.entries);
        return Err(Error::archive_differs(&claimed.file, problem));
    }
    Ok(ControlFlow::Continue(()))
}

/// Checks that the store has the bytes that were written.
pub(super) async fn is_intact(
    work: &Work<'_>,
    file: &str,
    bytes: i64,
    sha256: &str,
) -> Result<(), Error> {
    let (found, size) = file::stored(work.archive, file).await?;
    if size != bytes {
        let problem = format!("it has {size} bytes, not {bytes}");
        return Err(Error::archive_differs(file, problem));
    }
    if found != sha256 {
        return Err(Error::archive_differs(
            file,
            "its SHA-256 has changed since it was written",
        ));
    }
    Ok(())
}

/// Deletes the entries of a verified file from the log, except those on hold.
pub(super) async fn purged(work: &mut Work<'_>, file: &Model) -> Result<ControlFlow<()>, Error> {
    is_intact(work, &file.file, file.bytes, &file.sha256).await?;
    let mut batches =
        file::read_columns(work.archive, &file.file, file.bytes, [Column::Id]).await?;
    let most = work.retention.batch as usize;
    let mut is_left = false;
    let mut waiting = Vec::new();
    loop {
        let batch = batches.try_next().await;
        let batch = batch.map_err(|error| Error::archive(&file.file, error))?;
        let is_end = batch.is_none();
        if let Some(batch) = batch {
            waiting.extend(ids(&batch, &file.file)?);
        }
        while waiting.len() >= most || is_end && !waiting.is_empty() {
            let begun = Instant::now();
            let rest = waiting.split_off(most.min(waiting.len()));
            let chosen = std::mem::replace(&mut waiting, rest);
            let done = delete(work, file, &chosen).await?;
            is_left |= purge::are_left(&chosen, work.db).await?;
            if let Some(done) = done {
                work.report.add(&file.policy, &done);
                if work.progress().is_break() {
                    return Ok(ControlFlow::Break(()));
                }
                sleep(work.retention.rest(begun.elapsed())).await;
            }
        }
        if is_end {
            break;
        }
    }
    if !is_left {
        let purged = manifest::change(file, VERIFIED, PURGED);
        purged.exec(work.db).await?;
    }
    Ok(ControlFlow::Continue(()))
}

async fn delete(work: &Work<'_>, file: &Model, ids: &[i64]) -> Result<Option<Done>, Error> {
    let policy = work
        .retention
        .policies
        .iter()
        .find(|policy| policy.name == file.policy);
    let purge = purge::Work {
        policy: &file.policy,
        document: policy.map(|policy| &*policy.document),
        choice: Choice::Archived {
            ids,
            file: &file.file,
            sha256: &file.sha256,
        },
        plan_id: work.plan_id,
        last_id: work.last_id,
        most: work.retention.batch,
    };
    purge::batch(&purge, 0, work.db, work.context).await
}

pub(super) fn ids<'a>(batch: &'a RecordBatch, file: &str) -> Result<&'a [i64], Error> {
    let ids = columns::column::<Int64Array>(batch, Column::Id);
    let ids = ids.map_err(|error| Error::archive(file, error))?;
    Ok(ids.values())
}
