//! The list of the archive's files: the table `audit_archive`, and the JSON beside each file.

use std::time::Duration;

use chrono::{DateTime, Utc};
use object_store::{Error as StoreError, ObjectStoreExt, PutMode, PutPayload, path::Path};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect, UpdateMany,
    sea_query::{Expr, ExprTrait, Query},
};
use serde::Serialize;
use tokio::time::{Instant, sleep};

use super::{
    super::transaction::{missing, now, take_turn, transaction},
    Archive, Work,
    columns::FORMAT,
    file::Content,
    log, month,
};
use crate::{
    Error,
    audit_log::{self, Column as Log},
    dialect::timestamp,
    history::cold::file::{Column, Entity, Model},
};

pub(super) use crate::history::cold::{PURGED, VERIFIED};
/// A worker writes the file.
pub(super) const WRITING: &str = "writing";
/// Its worker was cut off.
pub(super) const ABANDONED: &str = "abandoned";
/// A PURGE or ERASE entry says that it is deleted.
pub(super) const DESTROYING: &str = "destroying";
pub(super) const DESTROYED: &str = "destroyed";

/// What a worker may write next.
pub(super) enum Claim {
    Nothing,
    /// Another worker writes.
    Busy,
    File(Box<Model>),
}

/// Claims the next file of a policy, whose entries satisfy the condition.
pub(super) async fn claim(
    work: &Work<'_>,
    policy: &str,
    entries: Condition,
    worker: &str,
) -> Result<Claim, Error> {
    // Looked for outside of the transaction, which on SQLite nobody else writes beside. Another worker may have moved
    // them since: then they are not written again.
    let found = next(work, entries).await?;
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

/// The first and last id of the next file, and the bounds of its month.
async fn next(work: &Work<'_>, entries: Condition) -> Result<Option<Span>, Error> {
    let mut found: Option<Span> = None;
    let (mut after, mut rest) = (i64::MIN, work.archive.entries_per_file as usize);
    loop {
        let begun = Instant::now();
        let page = page(entries.clone(), after, work.db).await?;
        let Some((last_of_page, _)) = page.last() else {
            return Ok(found);
        };
        after = *last_of_page;
        let mut is_over = true;
        for (id, at) in page {
            let ((first_id, _), (from, to)) = found.unwrap_or(((id, id), month::bounds(at)));
            if from <= at && at < to {
                found = Some(((first_id, id), (from, to)));
                is_over = false;
                rest -= 1;
                if rest == 0 {
                    return Ok(found);
                }
            }
        }
        // What comes later in this month goes to another file.
        if is_over {
            return Ok(found);
        }
        sleep(work.retention.rest(begun.elapsed())).await;
    }
}

/// The next entries after this id, and when they were recorded.
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

/// A file that a worker begins.
pub(super) struct Begun<'a> {
    pub(super) policy: &'a str,
    pub(super) worker: &'a str,
    pub(super) ids: (i64, i64),
    pub(super) times: (DateTime<Utc>, DateTime<Utc>),
}

/// Lists a file that the worker begins, under a name that neither the list nor the store has.
pub(super) async fn begin(
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

/// Keeps the file for the worker for another lease.
pub(super) async fn renew(
    archive: &Archive,
    file: &Model,
    db: &DatabaseConnection,
) -> Result<(), Error> {
    let lease_until = timestamp(db.get_database_backend(), now(db).await? + archive.lease);
    let renewed = change(file, WRITING, WRITING)
        .col_expr(Column::LeaseUntil, Expr::val(lease_until))
        .exec(db)
        .await?;
    // MySQL and MariaDB count changed rows, and a lease may be renewed within a microsecond.
    if renewed.rows_affected == 0 && !is_writing(file, db).await? {
        return Err(Error::archive(&file.file, LOST));
    }
    Ok(())
}

async fn is_writing(file: &Model, db: &DatabaseConnection) -> Result<bool, Error> {
    let found = Entity::find_by_id(&file.file).one(db).await?;
    Ok(found.is_some_and(|found| found.state == WRITING))
}

/// Says that the file was compared with the log.
pub(super) async fn verified(
    file: &Model,
    content: &Content,
    db: &impl ConnectionTrait,
) -> Result<Model, Error> {
    let time = |at| Expr::val(timestamp(db.get_database_backend(), at));
    let verified = change(file, WRITING, VERIFIED)
        .col_expr(Column::FirstId, Expr::val(content.first_id))
        .col_expr(Column::LastId, Expr::val(content.last_id))
        .col_expr(Column::FirstAt, time(content.first_at))
        .col_expr(Column::LastAt, time(content.last_at))
        .col_expr(Column::Entries, Expr::val(content.entries))
        .col_expr(Column::Bytes, Expr::val(content.bytes))
        .col_expr(Column::Sha256, Expr::val(&content.sha256))
        .exec(db)
        .await?;
    let found = Entity::find_by_id(&file.file).one(db).await?;
    match found {
        Some(found) if verified.rows_affected == 1 => Ok(found),
        _ => Err(Error::archive(&file.file, LOST)),
    }
}

/// Moves a file from a state to the next one. The database refuses other moves.
pub(super) fn change(file: &Model, from: &str, to: &str) -> UpdateMany<Entity> {
    Entity::update_many()
        .col_expr(Column::State, Expr::val(to))
        .filter(Column::File.eq(&file.file))
        .filter(Column::State.eq(from))
}

/// The files in a state, in the order of their names.
pub(super) fn in_state(state: &str) -> sea_orm::Select<Entity> {
    let files = Entity::find().filter(Column::State.eq(state));
    files.order_by_asc(Column::File)
}

/// Whether an entry may be in a file already: one whose entries have not all left the log.
pub(super) fn is_in_a_file() -> Expr {
    let file = |column: Column| Expr::col((Entity, column));
    let id = || Expr::col((audit_log::Entity, Log::Id));
    let files = Query::select()
        .expr(Expr::val(1))
        .from(Entity)
        .and_where(file(Column::State).eq(VERIFIED))
        .and_where(file(Column::FirstId).lte(id()))
        .and_where(file(Column::LastId).gte(id()))
        .to_owned();
    Expr::exists(files)
}

pub(super) fn recorded_within(
    from: DateTime<Utc>,
    to: DateTime<Utc>,
    db: &impl ConnectionTrait,
) -> Condition {
    let backend = db.get_database_backend();
    Condition::all()
        .add(Log::RecordedAt.gte(timestamp(backend, from)))
        .add(Log::RecordedAt.lt(timestamp(backend, to)))
}

/// Writes the JSON beside a file.
pub(super) async fn describe(
    archive: &Archive,
    file: &Model,
    content: &Content,
) -> Result<(), Error> {
    #[derive(Serialize)]
    struct Described<'a> {
        format: u32,
        policy: &'a str,
        entries: i64,
        first_id: i64,
        last_id: i64,
        first_at: DateTime<Utc>,
        last_at: DateTime<Utc>,
        bytes: i64,
        sha256: &'a str,
    }
    let described = Described {
        format: FORMAT,
        policy: &file.policy,
        entries: content.entries,
        first_id: content.first_id,
        last_id: content.last_id,
        first_at: content.first_at,
        last_at: content.last_at,
        bytes: content.bytes,
        sha256: &content.sha256,
    };
    let json = serde_json::to_string_pretty(&described);
    let json = json.map_err(|error| Error::archive(&file.file, error))?;
    let path = Path::from(description(&file.file));
    let put = archive
        .store
        .put_opts(&path, PutPayload::from(json), PutMode::Create.into());
    put.await
        .map_err(|error| Error::archive(&file.file, error))?;
    Ok(())
}

/// Deletes the files that an entry says are deleted.
pub(super) async fn delete_destroying(work: &Work<'_>) -> Result<(), Error> {
    for file in in_state(DESTROYING).all(work.db).await? {
        delete(work.archive, &file.file).await?;
        change(&file, DESTROYING, DESTROYED).exec(work.db).await?;
    }
    Ok(())
}

/// Deletes a file, and the JSON beside it, as far as they are there.
pub(super) async fn delete(archive: &Archive, file: &str) -> Result<(), Error> {
    for object in [file, &description(file)] {
        match archive.store.delete(&Path::from(object)).await {
            Ok(()) | Err(StoreError::NotFound { .. }) => {}
            Err(error) => return Err(Error::archive(file, error)),
        }
    }
    Ok(())
}

async fn exists(archive: &Archive, file: &str) -> Result<bool, Error> {
    match archive.store.head(&Path::from(file)).await {
        Ok(_) => Ok(true),
        Err(StoreError::NotFound { .. }) => Ok(false),
        Err(error) => Err(Error::archive(file, error)),
    }
}

fn description(file: &str) -> String {
    format!("{file}.json")
}

/// A worker that was cut off may complete its object later, but not that much later.
pub(super) const LATE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

const LOST: &str = "another worker took over, because this one renewed its lease too late";
