//! The id of the log. With an entry's id, it identifies the entry in every system.

use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait,
    IsolationLevel, QueryFilter, QuerySelect, sea_query::Expr,
};
use serde_json::Map;
use uuid::Uuid;

use super::{
    position::missing,
    tables::{feed, log},
};
use crate::{
    AuditContext, ConnectionExt, Error, audit_log,
    write::{EngineEvent, begin_at},
};

/// Returns the id of the log, and creates it on the first call.
///
/// # Errors
///
/// [`Error::FeedMissing`], or an error of the database.
pub async fn log_id(db: &DatabaseConnection) -> Result<Uuid, Error> {
    if let Some(id) = known(db).await? {
        return Ok(id);
    }
    let row = log::ActiveModel {
        id: Set(1),
        log_id: Set(Uuid::now_v7()),
    };
    let made = log::Entity::insert(row).exec_without_returning(db).await;
    match (known(db).await?, made) {
        (Some(id), _) => Ok(id),
        (None, Err(error)) => Err(missing(error)),
        (None, Ok(_)) => Err(Error::NotLogged("the id of the log is not found again")),
    }
}

/// Gives the log a new id, leaves an EXPORT entry, and returns the id.
///
/// Call it after the database was restored from a backup, or failed over with losses: the log then reuses ids, and
/// receivers would mistake new entries for those they have. Feeds continue from their position, or from the end of the
/// log if that is earlier. Running feeds stop, because they have the old id.
///
/// # Errors
///
/// [`Error::FeedMissing`], or an error of the database.
pub async fn begin_epoch(db: &DatabaseConnection, context: &AuditContext) -> Result<Uuid, Error> {
    let before = log_id(db).await?;
    let unit = db
        .audited(context)
        .adopt(begin_at(db, Some(IsolationLevel::ReadCommitted)).await?);
    let last = last_id(&unit).await?;
    let after = Uuid::now_v7();
    let mut metadata = Map::new();
    metadata.insert("log".to_owned(), after.to_string().into());
    metadata.insert("log_before".to_owned(), before.to_string().into());
    let event = EngineEvent {
        action: "EXPORT",
        entity: None,
        reason: None,
        metadata,
    };
    unit.record_of_engine(event).await?;
    log::Entity::update_many()
        .col_expr(log::Column::LogId, Expr::val(after))
        .exec(&unit)
        .await?;
    feed::Entity::update_many()
        .col_expr(feed::Column::Position, Expr::val(last))
        .filter(feed::Column::Position.gt(last))
        .exec(&unit)
        .await?;
    unit.commit().await?;
    Ok(after)
}

/// The highest id of an entry.
pub(super) async fn last_id<C: ConnectionTrait>(db: &C) -> Result<i64, Error> {
    let last = audit_log::Entity::find()
        .select_only()
        .column_as(audit_log::Column::Id.max(), "last")
        .into_tuple::<Option<i64>>()
        .one(db)
        .await?;
    Ok(last.flatten().unwrap_or(0))
}

async fn known(db: &DatabaseConnection) -> Result<Option<Uuid>, Error> {
    let row = log::Entity::find().one(db).await.map_err(missing)?;
    Ok(row.map(|row| row.log_id))
}
