//! Claims the next file: one worker writes at a time.

use std::ops::ControlFlow;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
    sea_query::{Expr, Query},
};
use tokio::time::{Instant, sleep};

use super::{
    super::{
        super::transaction::{missing, now, take_turn, transaction},
        Archive, Work, log, month,
    },
    ABANDONED, WRITING, change, in_state,
    object::exists,
};
use crate::{
    Error,
    audit_log::{self, Column as Log},
    dialect::timestamp,
    history::cold::file::{Column, Entity, Model},
};

/// The file that a worker may write next.
pub(in crate::retention::archive) enum Claim {
    Nothing,
    /// Another worker writes.
    Busy,
    File(Box<Model>),
    /// The caller ended the run.
    Ended,
}

/// Claims the next file of a policy, whose entries satisfy the condition.
pub(in crate::retention::archive) async fn claim(
    work: &Work<'_>,
    policy: &str,
    entries: Condition,
    worker: &str,
) -> Result<Claim, Error> {
    // Searched outside of the transaction, because on SQLite it blocks other writers. Entries that another worker moves
    // meanwhile are not written again.
    let found = match next(work, entries).await? {
        ControlFlow::Continue(found) => found,
        ControlFlow::Break(()) => return Ok(Claim::Ended),
    };
    let unit = transaction(work.db, work.context).await?;
    take_turn(&unit).await?;
    let now = now(&unit).await?;
    let writing = in_state(WRITING).all(&unit).await.map_err(missing)?;
    if writing.iter().any(|file| now < file.lease_until) {
        unit.rollback().await?;
        return Ok(Claim::Busy);
    }
    for file in writing {
        change(&file, WRITING, ABANDONED).exec(&unit).await?;
    }
    let Some((ids, times)) = found else {
        unit.commit().await?;
        return Ok(Claim::Nothing);
    };
    let begun = Begun {
        policy,
        worker,
        ids,
        times,
    };
    let file = begin(work.archive, begun, &unit).await?;
    unit.commit().await?;
    Ok(Claim::File(Box::new(file)))
}

/// The ids and the month of a file.
type Span = ((i64, i64), (DateTime<Utc>, DateTime<Utc>));

/// The first and last id of the next file, and the bounds of its month, unless the caller ends the run.
async fn next(work: &Work<'_>, entries: Condition) -> Result<ControlFlow<(), Option<Span>>, Error> {
    let mut found: Option<Span> = None;
    let (mut after, mut rest) = (i64::MIN, work.archive.entries_per_file as usize);
    loop {
        let begun = Instant::now();
        let page = page(entries.clone(), after, work.db).await?;
        let Some((last_of_page, _)) = page.last() else {
            return Ok(ControlFlow::Continue(found));
        };
        after = *last_of_page;
        let is_last = (page.len() as u64) < log::ROWS;
        let mut is_over = true;
        for (id, at) in page {
            let ((first_id, _), (from, to)) = found.unwrap_or(((id, id), month::bounds(at)));
            if from <= at && at < to {
                found = Some(((first_id, id), (from, to)));
                is_over = false;
                rest -= 1;
                if rest == 0 {
                    return Ok(ControlFlow::Continue(found));
                }
            }
        }
        // Later entries of this month go to another file.
        if is_over || is_last {
            return Ok(ControlFlow::Continue(found));
        }
        if work.progress().is_break() {
            return Ok(ControlFlow::Break(()));
        }
        sleep(work.retention.rest(begun.elapsed())).await;
    }
}

/// The ids and times of the next entries after this id.
async fn page(
    entries: Condition,
    after: i64,
    db: &DatabaseConnection,
) -> Result<Vec<(i64, DateTime<Utc>)>, Error> {
    let page = audit_log::Entity::find()
        .select_only()
        .columns([Log::Id, Log::RecordedAt])
        .filter(entries)
        .filter(Log::Id.gt(after))
        .order_by_asc(Log::Id)
        .limit(log::ROWS)
        .into_tuple()
        .all(db)
        .await;
    page.map_err(missing)
}

/// A new file of a worker.
pub(in crate::retention::archive) struct Begun<'a> {
    pub(in crate::retention::archive) policy: &'a str,
    pub(in crate::retention::archive) worker: &'a str,
    pub(in crate::retention::archive) ids: (i64, i64),
    pub(in crate::retention::archive) times: (DateTime<Utc>, DateTime<Utc>),
}

/// Lists a new file of the worker, under a name that neither the list nor the store has.
pub(in crate::retention::archive) async fn begin(
    archive: &Archive,
    begun: Begun<'_>,
    db: &impl ConnectionTrait,
) -> Result<Model, Error> {
    let Begun {
        policy,
        worker,
        ids,
        times,
    } = begun;
    let mut attempt = 1;
    let file = loop {
        let file = month::file(policy, times.0, ids, attempt);
        let listed = Entity::find_by_id(&file).one(db).await.map_err(missing)?;
        if listed.is_none() && !exists(archive, &file).await? {
            break file;
        }
        attempt += 1;
    };
    let backend = db.get_database_backend();
    let time = |at| Expr::val(timestamp(backend, at));
    let lease_until = now(db).await? + archive.lease;
    let insert = Query::insert()
        .into_table(Entity)
        .columns([
            Column::File,
            Column::Policy,
            Column::State,
            Column::Worker,
            Column::LeaseUntil,
            Column::FirstId,
            Column::LastId,
            Column::FirstAt,
            Column::LastAt,
            Column::Entries,
            Column::Bytes,
            Column::Sha256,
        ])
        .values_panic([
            Expr::val(&file),
            Expr::val(policy),
            Expr::val(WRITING),
            Expr::val(worker),
            time(lease_until),
            Expr::val(ids.0),
            Expr::val(ids.1),
            time(times.0),
            time(times.1),
            Expr::val(0_i64),
            Expr::val(0_i64),
            Expr::val(""),
        ])
        .to_owned();
    db.execute(&insert).await.map_err(missing)?;
    let listed = Entity::find_by_id(&file).one(db).await?;
    listed.ok_or(Error::NotLogged("the archive's file is not found again"))
}
