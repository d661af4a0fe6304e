//! One batch of a purge: a transaction that deletes entries and leaves one.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use serde_json::{Map, Value as Json, json};

use super::{
    Plan, Policy,
    scope::{is_held, of, recorded_before},
    transaction::{missing, now, take_turn, transaction},
};
use crate::{
    AuditContext, Error, Unit,
    audit_log::{self, Column, KIND_EVENT, with_action},
    dialect::Family,
    history::purged::{NEWEST, Newest},
    text::sha256,
    write::EngineEvent,
};

/// What is deleted.
pub(super) struct Work<'a> {
    pub(super) policy: &'a Policy,
    pub(super) policies: &'a [Policy],
    /// Entries go that were recorded before.
    pub(super) before: DateTime<Utc>,
    pub(super) plan: Option<&'a Plan>,
    /// Nothing after this entry goes, because a required feed has not delivered it.
    pub(super) delivered: Option<i64>,
    /// How many go at once.
    pub(super) most: u64,
}

/// What a batch deleted.
pub(super) struct Done {
    pub(super) entries: u64,
    pub(super) first_id: i64,
    pub(super) last_id: i64,
}

/// Deletes the next entries after this id; `None` if there are none.
pub(super) async fn batch(
    work: &Work<'_>,
    after: i64,
    db: &DatabaseConnection,
    context: &AuditContext,
) -> Result<Option<Done>, Error> {
    let unit = transaction(db, context).await?;
    take_turn(&unit).await?;
    let ids = ids(work, after, &unit).await?;
    let (Some(&first_id), Some(&last_id)) = (ids.first(), ids.last()) else {
        unit.rollback().await?;
        return Ok(None);
    };
    let done = Done {
        entries: ids.len() as u64,
        first_id,
        last_id,
    };
    let texts: Vec<_> = ids.iter().map(i64::to_string).collect();
    let digest = sha256(&texts.join(","));
    let metadata = metadata(work, &done, &digest, &ids, &unit).await?;
    let event = EngineEvent {
        action: "PURGE",
        entity: None,
        reason: None,
        metadata,
    };
    let entry_id = unit.record_of_engine(event).await?;
    list(entry_id, &done, &digest, &ids, &unit).await?;
    let delete = Query::delete()
        .from_table(unit.log_table())
        .and_where(Expr::col(Column::Id).is_in(ids))
        .to_owned();
    let deleted = unit.execute(&delete).await?.rows_affected();
    if deleted != done.entries {
        unit.rollback().await?;
        let change = format!("{deleted} of {} entries are still there", done.entries);
        return Err(Error::PlanOutdated {
            changes: vec![change],
        });
    }
    unit.commit().await?;
    Ok(Some(done))
}

async fn ids(
    work: &Work<'_>,
    after: i64,
    unit: &Unit<DatabaseTransaction>,
) -> Result<Vec<i64>, Error> {
    let last = work.plan.map_or(i64::MAX, |plan| plan.last_id);
    let last = Ord::min(last, work.delivered.unwrap_or(i64::MAX));
    let ids = audit_log::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.gt(after))
        .filter(Column::Id.lte(last))
        .filter(of(work.policy, work.policies))
        .filter(recorded_before(unit.get_database_backend(), work.before))
        .filter(is_held().not())
        .order_by_asc(Column::Id)
        .limit(work.most)
        .into_tuple::<i64>()
        .all(unit)
        .await;
    ids.map_err(missing)
}

/// What the PURGE entry says.
async fn metadata(
    work: &Work<'_>,
    done: &Done,
    digest: &str,
    ids: &[i64],
    unit: &Unit<DatabaseTransaction>,
) -> Result<Map<String, Json>, Error> {
    let last = audit_log::Entity::find()
        .filter(Column::Kind.eq(KIND_EVENT))
        .filter(with_action("PURGE", unit.get_database_backend()))
        .order_by_desc(Column::Id)
        .one(unit)
        .await?;
    let mut newest = Some(BTreeMap::new());
    if let Some(last) = last {
        let now = now(unit).await?;
        if now < last.recorded_at {
            return Err(Error::ClockBehind {
                now,
                last_purge: last.recorded_at,
            });
        }
        newest = Newest::all_of(&last);
    }
    let gone = audit_log::Entity::find()
        .select_only()
        .column(Column::EntityType)
        .column_as(Column::Id.max(), "id")
        .column_as(Column::RecordedAt.max(), "recorded_at")
        .filter(Column::Id.is_in(ids.iter().copied()))
        .filter(Column::EntityType.is_not_null())
        .group_by(Column::EntityType)
        .into_tuple::<(String, i64, DateTime<Utc>)>()
        .all(unit)
        .await?;
    if let Some(newest) = &mut newest {
        for (entity_type, id, recorded_at) in gone {
            let newest = newest.entry(entity_type).or_default();
            newest.include(id, recorded_at);
        }
    }
    let json = json!({
        "policy": work.policy.name,
        "document": work.policy.document,
        "recorded_before": work.before,
        "entries": done.entries,
        "first_id": done.first_id,
        "last_id": done.last_id,
        "ids_sha256": digest,
        NEWEST: newest,
        "plan": work.plan.map(|plan| &plan.id),
    });
    match json {
        Json::Object(metadata) => Ok(metadata),
        _ => Ok(Map::new()),
    }
}

/// Lists what is deleted, for the trigger that lets nothing else go.
async fn list(
    entry_id: i64,
    done: &Done,
    digest: &str,
    ids: &[i64],
    unit: &Unit<DatabaseTransaction>,
) -> Result<(), Error> {
    let purge = Query::insert()
        .into_table(Alias::new("audit_purge"))
        .columns(["entry_id", "first_id", "last_id", "entries", "ids_sha256"].map(Alias::new))
        .values_panic([
            Expr::val(entry_id),
            Expr::val(done.first_id),
            Expr::val(done.last_id),
            Expr::val(done.entries as i64),
            Expr::val(digest),
        ])
        .to_owned();
    unit.execute(&purge).await.map_err(missing)?;
    if Family::of(unit).lists_purged_ids() {
        let mut rows = Query::insert()
            .into_table(Alias::new("audit_purge_id"))
            .columns(["id", "entry_id"].map(Alias::new))
            .to_owned();
        for id in ids {
            rows.values_panic([Expr::val(*id), Expr::val(entry_id)]);
        }
        unit.execute(&rows).await?;
    }
    Ok(())
}
