//! Reconstructs the state of a row at a moment: starts at the current row, or at its deletion, and undoes later
//! entries.
//!
//! The row is read before the log. A change between the two reads is in the log and is undone.

mod claims;
mod compare;
mod present;
mod row;
mod told;
mod undo;
mod walk;

use sea_orm::{
    ConnectionTrait, QueryResult, QueryTrait, Value,
    sea_query::{FromValueTuple, ValueTuple},
};

use self::walk::Walk;
pub(super) use self::{present::Present, told::read};
use super::{
    Moment, Past, PastValue,
    given::{Given, Ids},
    log_rows::{Archived, Beyond},
};
use crate::{
    Error,
    audited::{Audited, KeyOf},
    entity_id::{entity_id_of, key_from, unpadded},
    error::{DatabaseError, Reason},
    sendable,
    stored_row::StoredRow,
};

pub(crate) async fn state_at<E: Audited, C: ConnectionTrait>(
    key: ValueTuple,
    moment: Moment,
    archive: Option<Archived>,
    db: &C,
) -> Result<Option<Past<E>>, Error> {
    let backend = db.get_database_backend();
    let key = unpadded::<E>(key, backend);
    let given = Given::of::<E>(key.clone());
    let row = match find::<E, C>(&key, db).await? {
        None => read_row(given.row_alike(db).await?.as_ref())?,
        row => row,
    };
    // The stored key counts, not the key given.
    let stored = row.as_ref().map(StoredRow::key);
    let stored_id = stored.clone().map(|key| entity_id_of::<E>(key, backend));
    let beyond = Beyond {
        archive,
        ..Beyond::default()
    };
    let ids = given.ids_of(stored_id.clone(), &beyond, db);
    let Ids { ids, are_all } = ids.await?;

    let mut found = Vec::new();
    let mut unlogged = None;
    // Whether the log has entries of another spelling, and whether one is from after the moment.
    let mut others = None;
    for id in ids {
        let is_stored = Some(&id) == stored_id.as_ref();
        let is_given = id == given.id(backend);
        let stored_key = match &stored {
            Some(stored) if is_stored => Some(stored.clone()),
            _ => key_from::<E>(&id),
        };
        // A comparison in SQL may be stricter than the table. Then only the stored key finds the row.
        let other = match &stored_key {
            Some(key) if stored.is_none() && !is_given => find::<E, C>(key, db).await?,
            _ => None,
        };
        let row = row.as_ref().filter(|_| is_stored).or(other.as_ref());
        let mut walk = Walk::<E>::new(id, stored_key.unwrap_or_else(|| key.clone()), moment);
        walk.archive.clone_from(&beyond.archive);
        let has_entries = walk.run(row, &given.entity_types, db).await?;
        // Another spelling is looked up in its entries only.
        if is_stored && !has_entries {
            unlogged = Some(walk);
        } else if has_entries || (is_given && stored.is_none()) {
            if has_entries {
                others = others.max(Some(walk.has_undone));
            }
            found.extend(walk.row);
        }
    }
    // A table holds only one of two spellings of a key at a time.
    if let Some(walk) = unlogged {
        match others {
            // The row is older than the log.
            None => found.extend(walk.row),
            // The row was created after the other one was deleted. The log does not say when.
            Some(false) if found.is_empty() => found.push(walk.outside()),
            Some(_) => {}
        }
    }
    if found.is_empty() && !are_all {
        let walk = Walk::<E>::new(given.id(backend), key, moment);
        return Ok(Some(walk.past(|_| PastValue::Unknown(Reason::KeySpelling))));
    }
    found.truncate(1);
    Ok(found.pop())
}

async fn find<E: Audited, C: ConnectionTrait>(
    key: &ValueTuple,
    db: &C,
) -> Result<Option<StoredRow<E>>, Error> {
    let values: Vec<Value> = key.clone().into_iter().collect();
    if sendable::check(db.get_database_backend(), &values).is_err() {
        // A value that the database cannot hold is never the key of a row.
        return Ok(None);
    }
    let question = E::find_by_id(KeyOf::<E>::from_value_tuple(key.clone())).into_query();
    let row = db.query_one(&question).await;
    read_row(row.map_err(DatabaseError::scrubbed)?.as_ref())
}

fn read_row<E: Audited>(row: Option<&QueryResult>) -> Result<Option<StoredRow<E>>, Error> {
    let row = row.map(StoredRow::read).transpose();
    Ok(row.map_err(DatabaseError::scrubbed)?)
}
