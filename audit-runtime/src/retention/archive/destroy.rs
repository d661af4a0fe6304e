//! Destroys files whose entries have all reached their age, except the entries on hold.

use std::{collections::BTreeMap, ops::ControlFlow};

use arrow_array::{Array, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow_schema::ArrowError;
use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use sea_orm::{
    ColumnTrait, DatabaseConnection, PaginatorTrait, QueryFilter, Select, sea_query::Expr,
};
use serde_json::json;
use uuid::Uuid;

use super::{
    super::{
        Destroyed, PlacedHold, Policy,
        hold::placed,
        purge::{newest, said},
        transaction::{missing, take_turn, transaction},
    },
    Work, columns,
    file::{self, Content},
    manifest::{self, ABANDONED, Begun, DESTROYING, PURGED, VERIFIED, WRITING},
    moving,
    rewriting::rewritten,
};
use crate::{
    Error,
    audit_log::Column as Log,
    dialect::timestamp,
    history::{
        cold::file::{Column, Entity, Model},
        purged::Newest,
    },
    write::EngineEvent,
};

/// Destroys the files of a policy whose entries were all recorded before a moment.
pub(super) async fn destroyed(
    work: &mut Work<'_>,
    policy: &Policy,
    before: DateTime<Utc>,
) -> Result<ControlFlow<()>, Error> {
    let files = old(policy, before, work.db).all(work.db).await;
    for file in files.map_err(missing)? {
        let destroyed = destroyed_but_held(work, policy, &file).await;
        let destroyed = work.of_one_file(destroyed)?.flatten();
        work.report.destroyed.extend(destroyed);
        if work.progress().is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// Destroys a file, after its entries on hold were written to another one.
async fn destroyed_but_held(
    work: &Work<'_>,
    policy: &Policy,
    file: &Model,
) -> Result<Option<Destroyed>, Error> {
    let holds = placed(work.db).await?;
    let kept = match kept(work, file, &holds).await? {
        Kept::All => return Ok(None),
        Kept::Some(kept) => Some(*kept),
        Kept::None => None,
    };
    let destroyed = destroy(work, policy, file, kept.as_ref(), &holds).await;
    if let (Some((kept, _)), Ok(None) | Err(_)) = (&kept, &destroyed) {
        let abandoned = manifest::change(kept, WRITING, ABANDONED);
        abandoned.exec(work.db).await?;
    }
    destroyed
}

/// The number of files of a policy whose entries were all recorded before a moment.
pub(in super::super) async fn destroyable(
    policy: &Policy,
    before: DateTime<Utc>,
    db: &DatabaseConnection,
) -> Result<u64, Error> {
    let files = old(policy, before, db).count(db).await;
    files.map_err(missing)
}

fn old(policy: &Policy, before: DateTime<Utc>, db: &DatabaseConnection) -> Select<Entity> {
    let before = timestamp(db.get_database_backend(), before);
    manifest::in_state(PURGED)
        .filter(Column::Policy.eq(&policy.name))
        .filter(Column::LastAt.lt(before))
}

/// The entries of a file that are on hold.
enum Kept {
    All,
    /// Some, copied to another file.
    Some(Box<(Model, Content)>),
    None,
}

async fn kept(work: &Work<'_>, file: &Model, holds: &[PlacedHold]) -> Result<Kept, Error> {
    let may_hold = |hold: &&PlacedHold| {
        hold.from.is_none_or(|from| from <= file.last_at)
            && hold.until.is_none_or(|until| file.first_at < until)
    };
    let holds: Vec<_> = holds.iter().filter(may_hold).collect();
    if holds.is_empty() {
        return Ok(Kept::None);
    }
    moving::is_intact(work, &file.file, file.bytes, &file.sha256).await?;
    let mut held = Vec::new();
    let mut first_and_last = None;
    let mut batches = file::read(work.archive, &file.file, file.bytes).await?;
    let failed = |error| Error::archive(&file.file, error);
    while let Some(batch) = batches.try_next().await.map_err(failed)? {
        let ids = moving::ids(&batch, &file.file)?;
        for row in held_rows(&batch, &holds).map_err(|error| Error::archive(&file.file, error))? {
            let (first, _) = first_and_last.unwrap_or((ids[row], 0));
            first_and_last = Some((first, ids[row]));
            held.push(ids[row]);
        }
    }
    let Some(ids) = first_and_last else {
        return Ok(Kept::None);
    };
    if held.len() as i64 == file.entries {
        return Ok(Kept::All);
    }
    let begun = Begun {
        policy: &file.policy,
        worker: &Uuid::now_v7().to_string(),
        ids,
        times: (file.first_at, file.last_at),
    };
    let kept = manifest::begin(work.archive, begun, work.db).await?;
    let held = |batch: &RecordBatch| {
        let rows = held_rows(batch, &holds)?.into_iter();
        Ok(rows.map(|row| batch.slice(row, 1)).collect())
    };
    let content = rewritten(work, file, &kept, held).await?;
    Ok(Kept::Some(Box::new((kept, content))))
}

/// Destroys a file; `None` if holds changed, or another worker did it.
async fn destroy(
    work: &Work<'_>,
    policy: &Policy,
    file: &Model,
    kept: Option<&(Model, Content)>,
    holds: &[PlacedHold],
) -> Result<Option<Destroyed>, Error> {
    let by_type = newest_by_type(work, file).await?;
    let unit = transaction(work.db, work.context).await?;
    take_turn(&unit).await?;
    if placed(&unit).await? != holds {
        unit.rollback().await?;
        return Ok(None);
    }
    let entries = file.entries - kept.map_or(0, |(_, content)| content.entries);
    let kept_in = kept.map(|(kept, _)| kept.file.clone());
    let mut metadata = newest(BTreeMap::new(), by_type, &unit).await?;
    metadata.extend(said([
        ("policy", json!(policy.name)),
        ("document", json!(policy.document)),
        ("entries", json!(entries)),
        ("first_id", json!(file.first_id)),
        ("last_id", json!(file.last_id)),
        ("destroyed_file", json!(file.file)),
        ("file_sha256", json!(file.sha256)),
        ("kept_in", json!(kept_in)),
        ("plan", json!(work.plan_id)),
    ]));
    let event = EngineEvent {
        action: "PURGE",
        entity: None,
        reason: None,
        metadata,
    };
    let entry_id = unit.record_of_engine(event).await?;
    let changed = manifest::change(file, PURGED, DESTROYING)
        .col_expr(Column::PurgeId, Expr::val(entry_id))
        .exec(&unit)
        .await?;
    if changed.rows_affected == 0 {
        unit.rollback().await?;
        return Ok(None);
    }
    if let Some((kept, content)) = kept {
        manifest::verified(kept, content, &unit).await?;
        manifest::change(kept, VERIFIED, PURGED).exec(&unit).await?;
    }
    unit.commit().await?;
    manifest::delete_destroying(work).await?;
    Ok(Some(Destroyed {
        policy: policy.name.clone(),
        file: file.file.clone(),
        entries: entries.unsigned_abs(),
        kept_in,
    }))
}

/// The newest entry of each type in a file.
async fn newest_by_type(work: &Work<'_>, file: &Model) -> Result<BTreeMap<String, Newest>, Error> {
    let mut newest = BTreeMap::new();
    let columns = [Log::Id, Log::EntityType, Log::RecordedAt];
    let mut batches = file::read_columns(work.archive, &file.file, file.bytes, columns).await?;
    let failed = |error| Error::archive(&file.file, error);
    while let Some(batch) = batches.try_next().await.map_err(failed)? {
        let included = include_newest(&mut newest, &batch);
        included.map_err(|error| Error::archive(&file.file, error))?;
    }
    Ok(newest)
}

fn include_newest(
    newest: &mut BTreeMap<String, Newest>,
    batch: &RecordBatch,
) -> Result<(), ArrowError> {
    let ids: &Int64Array = columns::column(batch, Log::Id)?;
    let types: &StringArray = columns::column(batch, Log::EntityType)?;
    let times: &TimestampMicrosecondArray = columns::column(batch, Log::RecordedAt)?;
    for (row, entity_type) in types.iter().enumerate() {
        let Some(entity_type) = entity_type else {
            continue;
        };
        let recorded_at = DateTime::from_timestamp_micros(times.value(row)).unwrap_or_default();
        let of_type = newest.entry(entity_type.to_owned()).or_default();
        of_type.include(Newest {
            id: ids.value(row),
            recorded_at,
        });
    }
    Ok(())
}

/// The rows of a batch that are on hold.
pub(super) fn held_rows(
    batch: &RecordBatch,
    holds: &[&PlacedHold],
) -> Result<Vec<usize>, ArrowError> {
    let text = |column| columns::column::<StringArray>(batch, column);
    let (types, ids) = (text(Log::EntityType)?, text(Log::EntityId)?);
    let (kinds, actors) = (text(Log::ActorKind)?, text(Log::ActorId)?);
    let times: &TimestampMicrosecondArray = columns::column(batch, Log::RecordedAt)?;
    let is = |held: &Option<String>, cells: &StringArray, row: usize| {
        let cell = cells.is_valid(row).then(|| cells.value(row));
        held.is_none() || held.as_deref() == cell
    };
    let is_held = |row: &usize| {
        holds.iter().any(|hold| {
            let at = times.value(*row);
            is(&hold.entity_type, types, *row)
                && is(&hold.entity_id, ids, *row)
                && is(&hold.actor_kind, kinds, *row)
                && is(&hold.actor_id, actors, *row)
                && hold.from.is_none_or(|from| from.timestamp_micros() <= at)
                && hold.until.is_none_or(|until| at < until.timestamp_micros())
        })
    };
    Ok((0..batch.num_rows()).filter(is_held).collect())
}
