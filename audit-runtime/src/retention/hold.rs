//! Legal holds: entries that no purge deletes, however old they are.

mod placed;
mod scope;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, Select,
    Value,
    sea_query::{Expr, Query},
};
use serde_json::{Map, json};

pub use self::{placed::PlacedHold, scope::Hold};
use super::{
    check::refused,
    tables::hold::{Column, Entity},
    transaction::{missing, transaction},
};
use crate::{AuditContext, Error, dialect::timestamp, text::identity, write::EngineEvent};

/// Places a hold, and leaves a HOLD entry. A purge that is in progress ends first.
///
/// # Errors
///
/// - [`Error::PolicyRefused`]: it ends before it begins, or has no reason.
/// - [`Error::RetentionMissing`], or an error of the database.
pub async fn hold(
    db: &DatabaseConnection,
    context: &AuditContext,
    hold: Hold,
) -> Result<PlacedHold, Error> {
    let backend = db.get_database_backend();
    let (from, to) = (hold.from, hold.to);
    if hold.reason.trim().is_empty() {
        return Err(refused("hold", "it has no reason"));
    }
    if let (Some(from), Some(to)) = (from, to)
        && from >= to
    {
        return Err(refused(
            "hold",
            format!("it ends at {to}, before it begins at {from}"),
        ));
    }
    let entity_type = hold
        .entity_type
        .map(|text| identity(&text, 64).into_owned());
    let entity_id = hold.entity_id.map(|id| id.text(backend)).transpose()?;
    let (actor_kind, actor_id) = hold
        .actor
        .map(|actor| {
            let [kind, id] = [(&actor.kind, 64), (&actor.id, 255)];
            let stored = |(text, limit): (&String, usize)| identity(text, limit).into_owned();
            (stored(kind), stored(id))
        })
        .unzip();

    let unit = transaction(db, context).await?;
    let mut metadata = Map::new();
    for (name, value) in [
        ("entity_type", json!(entity_type)),
        ("entity_id", json!(entity_id)),
        ("actor_kind", json!(actor_kind)),
        ("actor_id", json!(actor_id)),
        ("from", json!(from)),
        ("until", json!(to)),
    ] {
        if !value.is_null() {
            metadata.insert(name.to_owned(), value);
        }
    }
    let event = EngineEvent {
        action: "HOLD",
        entity: None,
        reason: Some(hold.reason),
        metadata,
    };
    let entry_id = unit.record_of_engine(event).await?;
    let time = |at: Option<DateTime<Utc>>| match at {
        Some(at) => timestamp(backend, at),
        None => Value::ChronoDateTimeUtc(None),
    };
    let insert = Query::insert()
        .into_table(Entity)
        .columns([
            Column::EntityType,
            Column::EntityId,
            Column::ActorKind,
            Column::ActorId,
            Column::FromTime,
            Column::ToTime,
            Column::EntryId,
        ])
        .values_panic([
            Expr::val(entity_type),
            Expr::val(entity_id),
            Expr::val(actor_kind),
            Expr::val(actor_id),
            Expr::val(time(from)),
            Expr::val(time(to)),
            Expr::val(entry_id),
        ])
        .to_owned();
    unit.execute(&insert).await.map_err(missing)?;
    let placed = Entity::find()
        .filter(Column::EntryId.eq(entry_id))
        .one(&unit)
        .await?;
    unit.commit().await?;
    placed
        .map(PlacedHold::from)
        .ok_or(Error::NotLogged("the hold is not found again"))
}

/// Releases a hold, and leaves a RELEASE entry with this reason. Returns whether a hold with this id was in force.
///
/// # Errors
///
/// [`Error::RetentionMissing`], or an error of the database.
pub async fn release(
    db: &DatabaseConnection,
    context: &AuditContext,
    id: i64,
    reason: impl Into<String>,
) -> Result<bool, Error> {
    let unit = transaction(db, context).await?;
    let placed = in_force().filter(Column::Id.eq(id)).one(&unit).await;
    let Some(placed) = placed.map_err(missing)? else {
        unit.rollback().await?;
        return Ok(false);
    };
    let mut metadata = Map::new();
    metadata.insert("hold".to_owned(), id.into());
    metadata.insert("entry".to_owned(), placed.entry_id.into());
    let event = EngineEvent {
        action: "RELEASE",
        entity: None,
        reason: Some(reason.into()),
        metadata,
    };
    let entry_id = unit.record_of_engine(event).await?;
    let released = Entity::update_many()
        .col_expr(Column::ReleasedBy, entry_id.into())
        .filter(Column::Id.eq(id))
        .filter(Column::ReleasedBy.is_null())
        .exec(&unit)
        .await?;
    if released.rows_affected == 0 {
        unit.rollback().await?;
        return Ok(false);
    }
    unit.commit().await?;
    Ok(true)
}

/// Returns the holds that are in force, the oldest first.
///
/// # Errors
///
/// [`Error::RetentionMissing`], or an error of the database.
pub async fn holds(db: &DatabaseConnection) -> Result<Vec<PlacedHold>, Error> {
    placed(db).await
}

/// The same on any connection.
pub(super) async fn placed(db: &impl ConnectionTrait) -> Result<Vec<PlacedHold>, Error> {
    let holds = in_force().order_by_asc(Column::Id).all(db).await;
    Ok(holds
        .map_err(missing)?
        .into_iter()
        .map(Into::into)
        .collect())
}

fn in_force() -> Select<Entity> {
    Entity::find().filter(Column::ReleasedBy.is_null())
}
