//! One batch of an erasure: a transaction that removes values from entries and writes an ERASE entry.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, Iden, QueryFilter, QueryOrder,
    QueryResult, QuerySelect, QueryTrait,
    sea_query::{Alias, Expr, ExprTrait, Query, UpdateStatement},
};
use serde_json::json;
use tokio::time::{Instant, sleep};

use super::{
    super::{
        Retention,
        purge::said,
        scope::is_held,
        transaction::{missing, take_turn, transaction},
    },
    report::Erased,
    work::Work,
};
use crate::{
    Error, Unit,
    audit_log::{self, Column},
    dialect::Family,
    write::EngineEvent,
};

/// Erases from the log, batch by batch.
pub(super) async fn erased(work: &Work<'_>, retention: &Retention) -> Result<Erased, Error> {
    let mut erased = Erased::default();
    let mut after = i64::MIN;
    loop {
        let begun = Instant::now();
        let ids = ids(work, after).await?;
        let Some(last_id) = ids.last() else {
            return Ok(erased);
        };
        after = *last_id;
        let (entries, held) = batch(work, &ids).await?;
        erased.entries += entries;
        erased.held += held;
        if retention.after_batch.call(erased.entries).is_break() {
            erased.is_ended_early = true;
            return Ok(erased);
        }
        sleep(retention.rest(begun.elapsed())).await;
    }
}

/// The next entries, read outside of a transaction, because on SQLite it blocks other writers.
async fn ids(work: &Work<'_>, after: i64) -> Result<Vec<i64>, Error> {
    let ids = audit_log::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(work.target.condition())
        .filter(Column::Id.gt(after))
        .order_by_asc(Column::Id)
        .limit(BATCH)
        .into_tuple::<i64>()
        .all(work.db)
        .await;
    Ok(ids?)
}

/// Erases from a batch. Returns the number of changed entries, and of those on hold.
async fn batch(work: &Work<'_>, ids: &[i64]) -> Result<(u64, u64), Error> {
    let unit = transaction(work.db, work.context).await?;
    take_turn(&unit).await?;
    let rows = rows(work, ids, &unit).await?;
    let held = (ids.len() - rows.len()) as u64;
    let mut updates = Vec::new();
    for row in &rows {
        updates.extend(update(work, row, &unit)?);
    }
    let (Some((first_id, _)), Some((last_id, _))) = (updates.first(), updates.last()) else {
        unit.rollback().await?;
        return Ok((0, held));
    };
    let mut metadata = said([
        ("entries", json!(updates.len())),
        ("first_id", json!(first_id)),
        ("last_id", json!(last_id)),
    ]);
    metadata.extend(work.taken.said());
    metadata.extend(work.target.said());
    let event = EngineEvent {
        action: "ERASE",
        entity: work.target.entity(),
        reason: Some(work.reason.clone()),
        metadata,
    };
    let entry_id = unit.record_of_engine(event).await?;
    let mut list = Query::insert()
        .into_table(Alias::new("audit_erase_id"))
        .columns(["id", "entry_id"].map(Alias::new))
        .to_owned();
    for (id, _) in &updates {
        list.values_panic([Expr::val(*id), Expr::val(entry_id)]);
    }
    unit.execute(&list).await.map_err(missing)?;
    let entries = updates.len() as u64;
    for (_, mut update) in updates {
        let done = unit.execute(update.table(unit.log_table())).await?;
        if done.rows_affected() != 1 {
            unit.rollback().await?;
            return Err(Error::NotLogged("an entry to erase is not found again"));
        }
    }
    unit.commit().await?;
    Ok((entries, held))
}

/// The columns to change of the entries that are not on hold, JSON as text of the database.
async fn rows(
    work: &Work<'_>,
    ids: &[i64],
    unit: &Unit<DatabaseTransaction>,
) -> Result<Vec<QueryResult>, Error> {
    let text = Family::of(unit).text_type();
    let rows = audit_log::Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Id.is_in(ids.iter().copied()))
        .filter(is_held().not())
        .order_by_asc(Column::Id);
    let rows = work.taken.columns().fold(rows, |rows, column| {
        let cell = Expr::col((audit_log::Entity, column)).cast_as(text);
        rows.expr_as(cell, column.to_string())
    });
    let rows = unit.query_all(&rows.into_query()).await;
    rows.map_err(missing)
}

/// The id of an entry, and the statement that erases its values; `None` if it has none.
fn update(
    work: &Work<'_>,
    row: &QueryResult,
    unit: &Unit<DatabaseTransaction>,
) -> Result<Option<(i64, UpdateStatement)>, Error> {
    let id: i64 = row.try_get("", "id")?;
    let mut update = Query::update();
    let mut is_changed = false;
    for column in work.taken.columns() {
        let Some(text) = row.try_get::<Option<String>>("", &column.to_string())? else {
            continue;
        };
        let unreadable = |error: serde_json::Error| {
            sea_orm::DbErr::Json(format!("the changes of entry {id}: {error}"))
        };
        if let Some(left) = work.taken.left_of(column, &text).map_err(unreadable)? {
            let left = Expr::val(left);
            let left = match (column, Family::of(unit)) {
                (Column::Changes | Column::Metadata, Family::Postgres) => left.cast_as("jsonb"),
                _ => left,
            };
            update.value(column, left);
            is_changed = true;
        }
    }
    update.and_where(Expr::col(Column::Id).eq(id));
    Ok(is_changed.then_some((id, update)))
}

const BATCH: u64 = 500;
