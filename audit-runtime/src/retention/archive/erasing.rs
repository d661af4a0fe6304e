//! Erases from the archive: rewrites each affected file, and destroys the old one.

use std::{collections::BTreeMap, sync::Arc};

use arrow_array::{Array, ArrayRef, Int16Array, RecordBatch, StringArray};
use arrow_schema::ArrowError;
use futures_util::TryStreamExt;
use sea_orm::{DatabaseConnection, Iden, Iterable, sea_query::Expr};
use serde_json::json;
use uuid::Uuid;

use super::{
    super::{
        PlacedHold, Retention,
        check::refused,
        erasure::{Erased, ErasedFile, work as erasure},
        hold::placed,
        purge::said,
        transaction::{missing, now, take_turn, transaction},
    },
    Archive, Work,
    columns::{self, Type},
    destroy::held_rows,
    file::{self, Content},
    manifest::{self, ABANDONED, Begun, DESTROYING, PURGED, VERIFIED, WRITING},
    moving,
    rewriting::rewritten,
};
use crate::{
    Error,
    audit_log::Column as Log,
    history::cold::file::{Column, Model},
    write::EngineEvent,
};

/// Erases from all files.
pub(in super::super) async fn erase(
    erasure: &erasure::Work<'_>,
    archive: &Archive,
    retention: &Retention,
    mut erased: Erased,
) -> Result<Erased, Error> {
    let mut work = Work {
        retention,
        archive,
        db: erasure.db,
        context: erasure.context,
        plan_id: None,
        last_id: i64::MAX,
        report: Default::default(),
        failure: None,
    };
    let writing = manifest::in_state(WRITING).all(work.db).await;
    let now = now(work.db).await?;
    erased.is_archive_busy = writing
        .map_err(missing)?
        .iter()
        .any(|file| now < file.lease_until);
    for state in [VERIFIED, PURGED] {
        for file in manifest::in_state(state).all(work.db).await? {
            let done = from_file(&work, erasure, &file).await;
            erased.files.extend(work.of_one_file(done)?.flatten());
            manifest::delete_destroying(&work).await?;
            if retention.after_batch.call(erased.all_entries()).is_break() {
                erased.is_ended_early = true;
                return work.failure.map_or(Ok(erased), Err);
            }
        }
    }
    work.failure.map_or(Ok(erased), Err)
}

/// Refuses an erasure that would not reach the archive of the log.
pub(in super::super) async fn none_is_listed(db: &DatabaseConnection) -> Result<(), Error> {
    for state in [VERIFIED, PURGED] {
        if manifest::in_state(state)
            .one(db)
            .await
            .map_err(missing)?
            .is_some()
        {
            let problem =
                "the log has an archive, but this retention has none: add Retention::archive";
            return Err(refused("erasure", problem));
        }
    }
    Ok(())
}

async fn from_file(
    work: &Work<'_>,
    erasure: &erasure::Work<'_>,
    file: &Model,
) -> Result<Option<ErasedFile>, Error> {
    let holds = placed(work.db).await?;
    let entries = count(work, erasure, file, &holds).await?;
    if entries == 0 {
        return Ok(None);
    }
    moving::is_intact(work, &file.file, file.bytes, &file.sha256).await?;
    let begun = Begun {
        policy: &file.policy,
        worker: &Uuid::now_v7().to_string(),
        ids: (file.first_id, file.last_id),
        times: (file.first_at, file.last_at),
    };
    let claimed = manifest::begin(work.archive, begun, work.db).await?;
    let of = |batch: &RecordBatch| Ok(vec![without(batch, erasure, &holds)?.0]);
    let replaced = match rewritten(work, file, &claimed, of).await {
        Ok(content) => replace(work, erasure, file, &claimed, &content, &holds, entries).await,
        Err(error) => Err(error),
    };
    if !matches!(replaced, Ok(true)) {
        let abandoned = manifest::change(&claimed, WRITING, ABANDONED);
        abandoned.exec(work.db).await?;
    }
    Ok(replaced?.then(|| ErasedFile {
        file: file.file.clone(),
        replaced_by: claimed.file,
        entries,
    }))
}

/// The number of entries of a file that would change.
async fn count(
    work: &Work<'_>,
    erasure: &erasure::Work<'_>,
    file: &Model,
    holds: &[PlacedHold],
) -> Result<u64, Error> {
    let failed = |error| Error::archive(&file.file, error);
    let mut entries = 0;
    let mut batches = file::read(work.archive, &file.file, file.bytes).await?;
    while let Some(batch) = batches.try_next().await.map_err(failed)? {
        let without = without(&batch, erasure, holds);
        entries += without
            .map_err(|error| Error::archive(&file.file, error))?
            .1;
    }
    Ok(entries)
}

/// Replaces the file by the claimed one. Returns `false` if holds have changed, or another worker replaced the file.
async fn replace(
    work: &Work<'_>,
    erasure: &erasure::Work<'_>,
    file: &Model,
    claimed: &Model,
    content: &Content,
    holds: &[PlacedHold],
    entries: u64,
) -> Result<bool, Error> {
    let unit = transaction(work.db, work.context).await?;
    take_turn(&unit).await?;
    if placed(&unit).await? != holds {
        unit.rollback().await?;
        return Ok(false);
    }
    let mut metadata = said([
        ("entries", json!(entries)),
        ("first_id", json!(file.first_id)),
        ("last_id", json!(file.last_id)),
        ("destroyed_file", json!(file.file)),
        ("file_sha256", json!(file.sha256)),
        ("replaced_by", json!(claimed.file)),
    ]);
    metadata.extend(erasure.taken.said());
    metadata.extend(erasure.target.said());
    let event = EngineEvent {
        action: "ERASE",
        entity: erasure.target.entity(),
        reason: Some(erasure.reason.clone()),
        metadata,
    };
    let entry_id = unit.record_of_engine(event).await?;
    let changed = manifest::change(file, &file.state, DESTROYING)
        .col_expr(Column::PurgeId, Expr::val(entry_id))
        .exec(&unit)
        .await?;
    if changed.rows_affected == 0 {
        unit.rollback().await?;
        return Ok(false);
    }
    manifest::verified(claimed, content, &unit).await?;
    if file.state == PURGED {
        manifest::change(claimed, VERIFIED, PURGED)
            .exec(&unit)
            .await?;
    }
    unit.commit().await?;
    Ok(true)
}

/// A batch without the erased values, and the number of changed entries.
fn without(
    batch: &RecordBatch,
    erasure: &erasure::Work<'_>,
    holds: &[PlacedHold],
) -> Result<(RecordBatch, u64), ArrowError> {
    let holds: Vec<_> = holds.iter().collect();
    let held = held_rows(batch, &holds)?;
    let kinds: &Int16Array = columns::column(batch, Log::Kind)?;
    let texts = Log::iter().filter(|column| Type::of(*column) == Type::Text);
    let texts = texts.map(|name| {
        Ok((
            name.to_string(),
            columns::column::<StringArray>(batch, name)?,
        ))
    });
    let texts: BTreeMap<_, _> = texts.collect::<Result<_, ArrowError>>()?;
    let cell = |column: Log, row: usize| {
        let cells = texts[&column.to_string()];
        cells.is_valid(row).then(|| cells.value(row))
    };
    let is_of = |row: &usize| {
        let text = |column| cell(column, *row).map(str::to_owned);
        !held.contains(row) && erasure.target.is_of(kinds.value(*row), text)
    };
    let rows: Vec<_> = (0..batch.num_rows()).filter(is_of).collect();
    let mut lost = vec![false; batch.num_rows()];
    let mut arrays = batch.columns().to_vec();
    for column in erasure.taken.columns() {
        let mut cells: Vec<_> = (0..batch.num_rows())
            .map(|row| cell(column, row).map(str::to_owned))
            .collect();
        for row in &rows {
            let Some(text) = &cells[*row] else { continue };
            let left = erasure.taken.left_of(column, text);
            let left = left.map_err(|error| ArrowError::JsonError(error.to_string()))?;
            if let Some(left) = left {
                (cells[*row], lost[*row]) = (left, true);
            }
        }
        let nth = batch.schema().index_of(&column.to_string())?;
        arrays[nth] = Arc::new(StringArray::from(cells)) as ArrayRef;
    }
    let lost = lost.into_iter().filter(|lost| *lost).count() as u64;
    Ok((RecordBatch::try_new(batch.schema(), arrays)?, lost))
}
