//! One batch of a purge: a transaction that deletes entries and leaves a PURGE entry.

mod list;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend,
    EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    sea_query::{Expr, ExprTrait, Query},
};
use serde_json::{Map, Value as Json, json};

use super::{
    Policy,
    scope::{is_held, of, recorded_before},
    transaction::{missing, now, take_turn, transaction},
};
use crate::{
    AuditContext, Error, Unit,
    audit_log::{self, Column, KIND_EVENT, with_action},
    history::purged::{DESTROYED, NEWEST, Newest},
    text::sha256,
    write::EngineEvent,
};
use list::list;

pub(super) struct Work<'a> {
    /// The policy, and the document that justifies it, if the policy still exists.
    pub(super) policy: &'a str,
    pub(super) document: Option<&'a str>,
    pub(super) choice: Choice<'a>,
    pub(super) plan_id: Option<&'a str>,
    /// The last entry that may be deleted.
    pub(super) last_id: i64,
    /// The maximum number of entries in a batch.
    pub(super) most: u64,
}

/// The entries to delete.
pub(super) enum Choice<'a> {
    /// The entries of a policy that were recorded before a moment.
    Aged {
        policy: &'a Policy,
        policies: &'a [Policy],
        before: DateTime<Utc>,
    },
    /// The entries of an archive file.
    #[cfg(feature = "archive")]
    Archived {
        ids: &'a [i64],
        file: &'a str,
        sha256: &'a str,
    },
}

impl Choice<'_> {
    fn condition(&self, backend: DbBackend) -> Condition {
        match *self {
            Self::Aged {
                policy,
                policies,
                before,
            } => of(policy, policies, backend.into()).add(recorded_before(backend, before)),
            #[cfg(feature = "archive")]
            Self::Archived { ids, .. } => {
                Condition::all().add(Column::Id.is_in(ids.iter().copied()))
            }
        }
    }
}

/// The result of a batch.
pub(super) struct Done {
    pub(super) entries: u64,
    pub(super) first_id: i64,
    pub(super) last_id: i64,
    /// The last entry that was examined, and whether there was none after it.
    pub(super) until: i64,
    pub(super) is_last: bool,
}

/// Deletes the next entries after this id; `None` if there are none.
pub(super) async fn batch(
    work: &Work<'_>,
    after: i64,
    db: &DatabaseConnection,
    context: &AuditContext,
) -> Result<Option<Done>, Error> {
    // Searched outside of the transaction, because on SQLite it blocks other writers.
    let chosen = next(work, after, db).await?;
    let (Some(&first_id), Some(&last_id)) = (chosen.first(), chosen.last()) else {
        return Ok(None);
    };
    let is_last = (chosen.len() as u64) < work.most;
    let unit = transaction(db, context).await?;
    take_turn(&unit).await?;
    let ids = left(&chosen, &unit).await?;
    let mut done = Done {
        entries: ids.len() as u64,
        first_id,
        last_id,
        until: last_id,
        is_last,
    };
    let (Some(&first_id), Some(&last_id)) = (ids.first(), ids.last()) else {
        // Another run deleted them, or a hold was placed.
        unit.rollback().await?;
        return Ok(Some(done));
    };
    (done.first_id, done.last_id) = (first_id, last_id);
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
    list(entry_id, [first_id, last_id], &digest, &ids, &unit).await?;
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

async fn next(work: &Work<'_>, after: i64, db: &DatabaseConnection) -> Result<Vec<i64>, Error> {
    let next = Condition::all()
        .add(Column::Id.gt(after))
        .add(Column::Id.lte(work.last_id))
        .add(work.choice.condition(db.get_database_backend()));
    ids(next, work.most, db).await
}

/// The chosen entries that still exist and are not on hold.
async fn left(chosen: &[i64], unit: &Unit<DatabaseTransaction>) -> Result<Vec<i64>, Error> {
    let among = Condition::all().add(Column::Id.is_in(chosen.iter().copied()));
    ids(among, chosen.len() as u64, unit).await
}

async fn ids(
    condition: Condition,
    most: u64,
    db: &impl ConnectionTrait,
) -> Result<Vec<i64>, Error> {
    let ids = audit_log::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(condition)
        .filter(is_held().not())
        .order_by_asc(Column::Id)
        .limit(most)
        .into_tuple::<i64>()
        .all(db)
        .await;
    ids.map_err(missing)
}

async fn metadata(
    work: &Work<'_>,
    done: &Done,
    digest: &str,
    ids: &[i64],
    unit: &Unit<DatabaseTransaction>,
) -> Result<Map<String, Json>, Error> {
    let mut metadata = said([
        ("policy", json!(work.policy)),
        ("document", json!(work.document)),
        ("entries", json!(done.entries)),
        ("first_id", json!(done.first_id)),
        ("last_id", json!(done.last_id)),
        ("ids_sha256", json!(digest)),
        ("plan", json!(work.plan_id)),
    ]);
    let gone = gone(ids, unit).await?;
    let destroyed = match work.choice {
        Choice::Aged { .. } => gone.clone(),
        #[cfg(feature = "archive")]
        Choice::Archived { .. } => BTreeMap::new(),
    };
    metadata.extend(newest(gone, destroyed, unit).await?);
    metadata.extend(match work.choice {
        Choice::Aged { before, .. } => said([("recorded_before", json!(before))]),
        #[cfg(feature = "archive")]
        Choice::Archived { file, sha256, .. } => {
            said([("file", json!(file)), ("file_sha256", json!(sha256))])
        }
    });
    Ok(metadata)
}

pub(super) fn said<const N: usize>(facts: [(&str, Json); N]) -> Map<String, Json> {
    let facts = facts.into_iter();
    facts.map(|(name, fact)| (name.to_owned(), fact)).collect()
}

/// By type, the newest entry that ever left the log, and the newest that was destroyed, including these.
pub(super) async fn newest(
    gone: BTreeMap<String, Newest>,
    destroyed: BTreeMap<String, Newest>,
    unit: &Unit<DatabaseTransaction>,
) -> Result<Map<String, Json>, Error> {
    let last = audit_log::Entity::find()
        .filter(Column::Kind.eq(KIND_EVENT))
        .filter(with_action("PURGE", unit.get_database_backend()))
        .order_by_desc(Column::Id)
        .one(unit)
        .await?;
    let (mut all_gone, mut all_destroyed) = (Some(BTreeMap::new()), Some(BTreeMap::new()));
    if let Some(last) = last {
        let now = now(unit).await?;
        if now < last.recorded_at {
            return Err(Error::ClockBehind {
                now,
                last_purge: last.recorded_at,
            });
        }
        (all_gone, all_destroyed) = (Newest::all_of(&last), Newest::destroyed_of(&last));
    }
    for (all, these) in [(&mut all_gone, gone), (&mut all_destroyed, destroyed)] {
        let Some(all) = all else { continue };
        for (entity_type, newest) in these {
            all.entry(entity_type).or_default().include(newest);
        }
    }
    Ok(said([
        (NEWEST, json!(all_gone)),
        (DESTROYED, json!(all_destroyed)),
    ]))
}

/// By type, the newest of these entries.
async fn gone(
    ids: &[i64],
    unit: &Unit<DatabaseTransaction>,
) -> Result<BTreeMap<String, Newest>, Error> {
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
    let gone = gone.into_iter();
    Ok(gone
        .map(|(entity_type, id, recorded_at)| (entity_type, Newest { id, recorded_at }))
        .collect())
}

/// Whether the log still has one of these entries.
#[cfg(feature = "archive")]
pub(super) async fn are_left(ids: &[i64], db: &DatabaseConnection) -> Result<bool, Error> {
    let left = audit_log::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .limit(1)
        .into_tuple::<i64>()
        .one(db)
        .await?;
    Ok(left.is_some())
}
