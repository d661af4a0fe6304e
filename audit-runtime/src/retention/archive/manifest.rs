//! The list of the archive's files: the table `audit_archive`, and the JSON next to each file.

mod claim;
mod object;

use std::time::Duration;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter,
    QueryOrder, UpdateMany,
    sea_query::{Expr, ExprTrait, Query},
};

pub(super) use self::{
    claim::{Begun, Claim, begin, claim},
    object::{delete, delete_destroying, describe},
};
use super::{super::transaction::now, Archive, file::Content};
use crate::{
    Error,
    audit_log::{self, Column as Log},
    dialect::timestamp,
    history::cold::file::{Column, Entity, Model},
};

pub(super) use crate::history::cold::{PURGED, VERIFIED};
/// A worker writes the file.
pub(super) const WRITING: &str = "writing";
/// Its worker was interrupted.
pub(super) const ABANDONED: &str = "abandoned";
/// A PURGE or ERASE entry records its deletion.
pub(super) const DESTROYING: &str = "destroying";
pub(super) const DESTROYED: &str = "destroyed";

/// Renews the worker's lease on the file.
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
    // MySQL and MariaDB count changed rows. A renewal within the same microsecond changes none.
    if renewed.rows_affected == 0 && !is_writing(file, db).await? {
        return Err(Error::archive(&file.file, LOST));
    }
    Ok(())
}

async fn is_writing(file: &Model, db: &DatabaseConnection) -> Result<bool, Error> {
    let found = Entity::find_by_id(&file.file).one(db).await?;
    Ok(found.is_some_and(|found| found.state == WRITING))
}

/// Marks the file as compared with the log.
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

/// Whether an entry may already be in a file whose entries have not all left the log.
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

/// An interrupted worker may complete its object later, but not after this time.
pub(super) const LATE: Duration = Duration::from_secs(7 * 24 * 60 * 60);

const LOST: &str = "another worker took over, because this one renewed its lease too late";
