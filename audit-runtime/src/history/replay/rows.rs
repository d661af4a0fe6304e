//! Compares the rows of the table with their entries.

use std::collections::BTreeMap;

use sea_orm::{
    ColumnTrait, ConnectionTrait, Iterable, PrimaryKeyToColumn, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait, Value,
    sea_query::{Cond, ValueTuple},
};
use serde_json::{Value as Json, json};

use super::{
    super::{Entry, log_rows::Conditions, state_at::Present},
    Page, unexplained,
};
use crate::{
    Error,
    audit_log::{self, Column},
    audited::Audited,
    encode::{Encoded, ValueKind, decode, encode},
    entity_id::entity_id_of,
    error::DatabaseError,
    replayed::{LastEntry, Next, Problem, Replayed},
    stored_row::StoredRow,
};

/// The number of entries that one statement reads.
const BATCH: usize = 500;

pub(super) async fn compare<E: Audited>(
    page: &Page,
    after: Option<Vec<Json>>,
) -> Result<Replayed, Error> {
    let rows = read::<E>(page, after).await?;
    let backend = page.snapshot.get_database_backend();
    let next = match rows.last() {
        Some(last) if rows.len() as u64 == page.limit => Next::Rows(Some(parts(last.key()))),
        _ => Next::Log(None),
    };
    let count = rows.len() as u64;
    let rows = rows.into_iter().map(|row| {
        let id = entity_id_of::<E>(row.key(), backend);
        (id.clone(), Compared::of(Present::<E>::of(id, &row)))
    });
    let mut rows: BTreeMap<_, _> = rows.collect();

    let mut before = None;
    loop {
        let open = rows.iter().filter(|(_, row)| !row.is_done);
        let open: Vec<_> = open.map(|(id, _)| id.as_str()).collect();
        if open.is_empty() {
            break;
        }
        let of_these = Column::EntityId.is_in(open).into();
        let log = Conditions::all(page.changes().into_iter().chain([of_these]));
        let entries = log.next(&page.snapshot, before, BATCH, true).await?;
        let is_last = entries.len() < BATCH;
        before = entries.last().map(|entry| entry.id);
        for entry in entries {
            let row = entry.entity_id.as_ref().and_then(|id| rows.get_mut(id));
            if let Some(row) = row {
                row.take(entry, page);
            }
        }
        if is_last {
            break;
        }
    }

    let found = rows.into_iter().filter_map(|(id, row)| {
        let problem = row.problem(page)?;
        Some(unexplained::<E>(id, problem, row.last))
    });
    Ok(Replayed {
        found: found.collect(),
        rows: count,
        next: Some(next),
    })
}

/// A row, and the result of its comparison so far.
struct Compared<E: Audited> {
    row: Present<E>,
    last: Option<LastEntry>,
    was_deleted: bool,
    /// Whether earlier entries cannot add anything.
    is_done: bool,
}

impl<E: Audited> Compared<E> {
    fn of(row: Present<E>) -> Self {
        Self {
            row,
            last: None,
            was_deleted: false,
            is_done: false,
        }
    }

    /// Takes the next older entry.
    fn take(&mut self, entry: audit_log::Model, page: &Page) {
        if self.last.is_none() {
            self.last = Some(LastEntry::from(&entry));
        }
        if self.is_done || page.may_lack_later(entry.id) {
            self.is_done = true;
            return;
        }
        self.was_deleted = entry.action == "DELETE";
        self.is_done = self.row.take(&Entry::from(entry));
    }

    fn problem(&self, page: &Page) -> Option<Problem> {
        if self.last.is_none() {
            return page.purged.is_none().then_some(Problem::Unlogged);
        }
        if self.was_deleted {
            return Some(Problem::Reappeared);
        }
        let fields = self.row.changed_outside();
        (!fields.is_empty()).then_some(Problem::Changed { fields })
    }
}

/// The rows after this key, in the order of keys.
async fn read<E: Audited>(
    page: &Page,
    after: Option<Vec<Json>>,
) -> Result<Vec<StoredRow<E>>, Error> {
    let key = || E::PrimaryKey::iter().map(|key| key.into_column());
    let mut question = E::find().limit(page.limit);
    if let Some(after) = after {
        if after.len() != key().count() {
            return Err(Error::InvalidPosition);
        }
        let values = key()
            .zip(after)
            .map(|(column, part)| value::<E>(part, column));
        let values: Vec<_> = values.collect::<Result<_, _>>()?;
        let columns: Vec<_> = key().zip(values).collect();
        // Greater in one column, and equal in all before it.
        let later = (0..columns.len()).fold(Cond::any(), |later, at| {
            let (column, value) = &columns[at];
            let equal = columns[..at]
                .iter()
                .fold(Cond::all(), |equal, (column, value)| {
                    equal.add(column.eq(value.clone()))
                });
            later.add(equal.add(column.gt(value.clone())))
        });
        question = question.filter(later);
    }
    for column in key() {
        question = question.order_by_asc(column);
    }
    let rows = page.snapshot.query_all(&question.into_query()).await;
    let rows = rows.map_err(DatabaseError::scrubbed)?;
    let rows = rows.iter().map(StoredRow::read).collect::<Result<_, _>>();
    Ok(rows.map_err(DatabaseError::scrubbed)?)
}

/// A key for a [`Position`](crate::replay::Position). An entity id may be a hash, which cannot be converted to a key.
fn parts(key: ValueTuple) -> Vec<Json> {
    let part = |value: Value| match encode(&value) {
        Encoded::Base64(text) => json!({ "base64": text }),
        encoded => encoded
            .json()
            .map(|json| json.into_owned())
            .unwrap_or_default(),
    };
    key.into_iter().map(part).collect()
}

fn value<E: Audited>(part: Json, column: E::Column) -> Result<Value, Error> {
    let encoded = match part.get("base64").and_then(Json::as_str) {
        Some(text) => Encoded::Base64(text.to_owned()),
        None => Encoded::Plain(part),
    };
    let value = decode(&encoded, &ValueKind::of::<E>(column)).ok();
    value
        .filter(|value| value.is_some())
        .ok_or(Error::InvalidPosition)
}
