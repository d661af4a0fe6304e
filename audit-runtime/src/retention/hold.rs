//! Legal holds: entries that no purge deletes, however old they are.

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, Select,
    Value,
    sea_query::{Expr, Query},
};
use serde::Serialize;
use serde_json::{Map, json};

use super::{
    check::refused,
    tables::hold::{Column, Entity, Model},
    transaction::{missing, transaction},
};
use crate::{
    Actor, AuditContext, Error,
    audited::{Audited, IntoKey},
    dialect::timestamp,
    text::identity,
    write::{EngineEvent, EntityId},
};

/// What is to be held: the entries that meet all of its conditions; without any, all entries.
///
/// ```
/// use audit_runtime::retention::Hold;
///
/// let hold = Hold::new("matter 2026-17").row("User", "7");
/// # let _ = hold;
/// ```
#[derive(Clone, Debug)]
#[must_use = "it holds nothing until it is placed"]
pub struct Hold {
    reason: String,
    entity_type: Option<String>,
    entity_id: Option<EntityId>,
    actor: Option<Actor>,
    from: Option<DateTime<Utc>>,
    to: Option<DateTime<Utc>>,
}

impl Hold {
    /// A hold for a reason, such as the number of a matter.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            entity_type: None,
            entity_id: None,
            actor: None,
            from: None,
            to: None,
        }
    }

    /// Entries about this type.
    pub fn entity_type(self, entity_type: impl Into<String>) -> Self {
        Self {
            entity_type: Some(entity_type.into()),
            entity_id: None,
            ..self
        }
    }

    /// Entries about this row, by type and id as entries show them.
    pub fn row(self, entity_type: impl Into<String>, entity_id: impl Into<String>) -> Self {
        Self {
            entity_id: Some(EntityId::Text(entity_id.into())),
            entity_type: Some(entity_type.into()),
            ..self
        }
    }

    /// Entries about this row of an audited entity.
    pub fn about<E: Audited>(self, id: impl IntoKey<E>) -> Self {
        let (entity_type, entity_id) = EntityId::of::<E>(id);
        Self {
            entity_id: Some(entity_id),
            entity_type: Some(entity_type),
            ..self
        }
    }

    /// Entries by this actor.
    pub fn actor(self, actor: &Actor) -> Self {
        Self {
            actor: Some(actor.clone()),
            ..self
        }
    }

    /// Entries recorded at this moment or later, by the database's clock.
    pub fn from(self, from: DateTime<Utc>) -> Self {
        Self {
            from: Some(from),
            ..self
        }
    }

    /// Entries recorded before this moment, by the database's clock.
    pub fn until(self, to: DateTime<Utc>) -> Self {
        Self {
            to: Some(to),
            ..self
        }
    }
}

/// A hold that is in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlacedHold {
    /// By which it is released.
    pub id: i64,
    /// Its HOLD entry, which says who placed it, when and why.
    pub entry_id: i64,
    /// The type that entries are about.
    pub entity_type: Option<String>,
    /// The row that entries are about.
    pub entity_id: Option<String>,
    /// The kind of the actor.
    pub actor_kind: Option<String>,
    /// The id of the actor.
    pub actor_id: Option<String>,
    /// Entries recorded at this moment or later.
    pub from: Option<DateTime<Utc>>,
    /// Entries recorded before this moment.
    pub until: Option<DateTime<Utc>>,
}

/// Places a hold, by a HOLD entry. A purge that is under way ends first.
///
/// # Errors
///
/// - [`Error::PolicyRefused`]: it ends before it begins, or has no reason.
/// - [`Error::RetentionMissing`], or what the database says.
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

/// Releases a hold, by a RELEASE entry with this reason. Whether there was one in force under this id.
///
/// # Errors
///
/// [`Error::RetentionMissing`], or what the database says.
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

/// The holds that are in force, the oldest first.
///
/// # Errors
///
/// [`Error::RetentionMissing`], or what the database says.
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

impl From<Model> for PlacedHold {
    fn from(hold: Model) -> Self {
        Self {
            id: hold.id,
            entry_id: hold.entry_id,
            entity_type: hold.entity_type,
            entity_id: hold.entity_id,
            actor_kind: hold.actor_kind,
            actor_id: hold.actor_id,
            from: hold.from_time,
            until: hold.to_time,
        }
    }
}
