//! Finds rows of the log that are gone without an entry.

use std::collections::HashSet;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, Iterable, PrimaryKeyToColumn, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Value,
    sea_query::{Cond, ValueTuple},
};

use super::{
    super::{
        log_rows::Conditions,
        seen::{failed, seen},
    },
    Page, unexplained,
};
use crate::{
    Error,
    audit_log::{self, Column},
    audited::Audited,
    entity_id::{entity_id_of, key_from},
    error::DatabaseError,
    replayed::{LastEntry, Next, Problem, Replayed},
    sendable,
    stored_row::StoredRow,
};

pub(super) async fn compare<E: Audited>(
    page: &Page,
    after: Option<String>,
) -> Result<Replayed, Error> {
    let newest = newest(page, after).await?;
    let next = match newest.last() {
        Some((id, _)) if newest.len() as u64 == page.limit => Some(Next::Log(Some(id.clone()))),
        _ => None,
    };
    let ids = newest.iter().map(|(_, id)| *id);
    let log = Conditions::all([Column::Id.is_in(ids).into()]);
    let mut entries = log.next(&page.snapshot, None, newest.len(), false).await?;
    entries.retain(|entry| entry.action != "DELETE" && !page.may_lack_later(entry.id));

    // A hash cannot be converted to a key.
    let known = entries.into_iter().filter_map(|entry| {
        let id = entry.entity_id.clone()?;
        let key = key_from::<E>(&id)?;
        Some((id, key, entry))
    });
    let known: Vec<_> = known.collect();
    let rows = rows::<E>(page, known.iter().map(|(_, key, _)| key.clone())).await?;
    let gone = known.into_iter().filter(|(id, ..)| !rows.contains(id));
    let found = gone
        .map(|(id, _, entry)| unexplained::<E>(id, Problem::Gone, Some(LastEntry::from(&entry))));
    Ok(Replayed {
        found: found.collect(),
        rows: 0,
        next,
    })
}

/// The rows after this id in the log, in order, each with its newest entry.
async fn newest(page: &Page, after: Option<String>) -> Result<Vec<(String, i64)>, Error> {
    let later = after.map(|id| Column::EntityId.gt(id).into());
    let conditions = page.changes().into_iter().chain(later);
    let question = audit_log::Entity::find()
        .select_only()
        .column(Column::EntityId)
        .column_as(Column::Id.max(), "id")
        .filter(conditions.fold(Cond::all(), Cond::add))
        .group_by(Column::EntityId)
        .order_by_asc(Column::EntityId)
        .limit(page.limit);
    let rows = seen(question, None, &page.snapshot).await.map_err(failed)?;
    let newest = rows.iter().map(|row| {
        let id: Option<String> = row.try_get("", "entity_id")?;
        Ok((id.unwrap_or_default(), row.try_get("", "id")?))
    });
    let mut newest: Vec<_> = newest.collect::<Result<_, _>>().map_err(failed)?;
    // As the database sorts them: by their bytes.
    newest.sort_unstable();
    Ok(newest)
}

/// The ids of these rows that exist.
async fn rows<E: Audited>(
    page: &Page,
    keys: impl Iterator<Item = ValueTuple>,
) -> Result<HashSet<String>, Error> {
    let backend = page.snapshot.get_database_backend();
    let keys = keys.filter_map(|key| {
        let values: Vec<Value> = key.into_iter().collect();
        // A value that the database cannot hold is never the key of a row.
        sendable::check(backend, &values).ok()?;
        let columns = E::PrimaryKey::iter().map(|key| key.into_column());
        let equal = columns.zip(values).map(|(column, value)| column.eq(value));
        Some(equal.fold(Cond::all(), Cond::add))
    });
    let keys: Vec<Cond> = keys.collect();
    if keys.is_empty() {
        return Ok(HashSet::new());
    }
    let question = E::find().filter(keys.into_iter().fold(Cond::any(), Cond::add));
    let rows = page.snapshot.query_all(&question.into_query()).await;
    let rows = rows.map_err(DatabaseError::scrubbed)?;
    let ids = rows.iter().map(|row| {
        let row = StoredRow::<E>::read(row)?;
        Ok(entity_id_of::<E>(row.key(), backend))
    });
    Ok(ids
        .collect::<Result<_, _>>()
        .map_err(DatabaseError::scrubbed)?)
}
