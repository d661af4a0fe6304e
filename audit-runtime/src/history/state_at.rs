//! A row as it was: later entries undone, from the row of today or from its deletion.
//!
//! The row is read first. What is written between that and the reading of the log is in the log, and is undone.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IdenStatic, Iterable, ModelTrait, QueryOrder,
    sea_query::{FromValueTuple, ValueTuple},
};

use super::{
    Entry, History, Moment, Past, PastValue, Reason,
    condition::Conditions,
    field::{named, names, read_value},
    query::failed,
};
use crate::{
    Error,
    audit_log::{self, Column, KIND_CHANGE},
    audited::{Audited, ColumnOf, FieldPolicy, KeyOf},
    changes::Change,
    encode::{DecodeError, Encoded, ValueKind, same},
    entity_id::{entity_id_of, unpadded},
    error::DatabaseError,
};

/// How many entries are read at once, and looked at before the moment for one that contradicts what comes after.
const BATCH: usize = 200;

pub(super) async fn state_at<E: Audited, C: ConnectionTrait>(
    key: ValueTuple,
    moment: Moment,
    db: &C,
) -> Result<Option<Past<E>>, Error> {
    let backend = db.get_database_backend();
    let key = unpadded::<E>(key, backend);
    let row = E::find_by_id(KeyOf::<E>::from_value_tuple(key.clone()))
        .one(db)
        .await
        .map_err(DatabaseError::scrubbed)?;
    let log = Conditions::all([
        History::of_key::<E>(key.clone()).scope_condition(backend),
        Column::Kind.eq(KIND_CHANGE).into(),
    ]);
    let mut walk = Walk::<E> {
        id: entity_id_of::<E>(key.clone(), backend),
        key,
        moment,
        row: None,
        settled: BTreeSet::new(),
        earlier: 0,
    };
    walk.row = row.map(|row| walk.past(|column| PastValue::Known(row.get(column))));

    let mut last = None;
    loop {
        let rows = log.next(db, last, BATCH, true).await?;
        let exhausted = rows.len() < BATCH;
        for row in rows {
            last = Some(row.id);
            if walk.take(&Entry::try_from(row)?) == Next::Done {
                return Ok(walk.row);
            }
        }
        if exhausted {
            break;
        }
        if walk.earlier >= BATCH && !walk.may_learn_from(first(&log, db).await?.as_ref()) {
            return Ok(walk.row);
        }
    }
    if walk.earlier == 0 && is_purged(moment, db).await? {
        return Ok(Some(walk.past(|_| PastValue::Unknown(Reason::Purged))));
    }
    Ok(walk.row)
}

/// From today back to the moment, and a little further.
struct Walk<E: Audited> {
    id: String,
    key: ValueTuple,
    moment: Moment,
    /// As it was after the entry that is taken next.
    row: Option<Past<E>>,
    /// The columns whose value nothing earlier can call into question.
    settled: BTreeSet<&'static str>,
    /// How many entries before the moment were looked at.
    earlier: usize,
}

#[derive(PartialEq)]
enum Next {
    Earlier,
    Done,
}

impl<E: Audited> Walk<E> {
    fn take(&mut self, entry: &Entry) -> Next {
        if self.earlier == 0 && self.moment.precedes(entry) {
            self.undo(entry)
        } else {
            self.earlier += 1;
            self.compare(entry)
        }
    }

    fn undo(&mut self, entry: &Entry) -> Next {
        let is_next = self.moment == Moment::Before(entry.id);
        match &*entry.action {
            "CREATE" => {
                self.row = None;
                if is_next {
                    return Next::Done;
                }
            }
            "DELETE" => {
                self.row = Some(self.past(|column| match change::<E>(entry, column) {
                    Some(change) => read::<E>(column, change.before.as_ref()),
                    None => PastValue::Unknown(Reason::AddedSince),
                }));
                if is_next {
                    self.settle(entry);
                }
            }
            _ => {
                self.set(entry, |change| change.before.as_ref());
                if is_next {
                    self.settle(entry);
                }
            }
        }
        Next::Earlier
    }

    /// What an entry before the moment left is what was found after it, or somebody wrote without the log.
    fn compare(&mut self, entry: &Entry) -> Next {
        let is_here = self.moment == Moment::After(entry.id);
        match (&*entry.action, &self.row) {
            ("DELETE", _) if is_here => self.row = None,
            ("DELETE", None) => {}
            ("DELETE", Some(_)) => self.row = Some(self.outside()),
            (_, None) => {
                self.row = Some(self.outside());
                if is_here {
                    self.set(entry, |change| change.after.as_ref());
                }
                return Next::Done;
            }
            (_, Some(_)) if is_here => {
                self.set(entry, |change| change.after.as_ref());
                self.settle(entry);
            }
            _ => {
                self.contradict(entry);
                self.settle(entry);
            }
        }
        match &*entry.action {
            "CREATE" => self.reach_birth(),
            "DELETE" => {}
            _ => return Next::Earlier,
        }
        Next::Done
    }

    fn contradict(&mut self, entry: &Entry) {
        let Some(row) = &mut self.row else { return };
        for column in ColumnOf::<E>::iter() {
            let Some(change) = change::<E>(entry, column) else {
                continue;
            };
            if self.settled.contains(column.as_str()) {
                continue;
            }
            if let (PastValue::Known(found), PastValue::Known(left)) =
                (row.get(column), read::<E>(column, change.after.as_ref()))
                && !same(found, &left)
            {
                row.set(column, PastValue::Unknown(Reason::ChangedOutside));
            }
        }
    }

    /// A column that the row did not have when it was created, nor in any entry since, came at an unknown time.
    fn reach_birth(&mut self) {
        let unborn: Vec<_> = self.unsettled().collect();
        if let Some(row) = &mut self.row {
            for column in unborn {
                row.set(column, PastValue::Unknown(Reason::AddedSince));
            }
        }
    }

    /// Whether a column is still in question that the row did not have when it was created.
    fn may_learn_from(&self, first: Option<&Entry>) -> bool {
        first.is_some_and(|first| {
            first.action == "CREATE"
                && self
                    .unsettled()
                    .any(|column| change::<E>(first, column).is_none())
        })
    }

    fn unsettled(&self) -> impl Iterator<Item = ColumnOf<E>> {
        ColumnOf::<E>::iter().filter(|column| {
            let policy = E::field(*column).policy;
            matches!(policy, FieldPolicy::Record | FieldPolicy::Redact)
                && !self.settled.contains(column.as_str())
        })
    }

    fn settle(&mut self, entry: &Entry) {
        let columns = ColumnOf::<E>::iter().filter(|column| change::<E>(entry, *column).is_some());
        self.settled.extend(columns.map(|column| column.as_str()));
    }

    fn set(&mut self, entry: &Entry, side: impl Fn(&Change) -> Option<&Encoded>) {
        let mut row = self.row.take().unwrap_or_else(|| self.outside());
        for column in ColumnOf::<E>::iter() {
            if let Some(change) = change::<E>(entry, column) {
                row.set(column, read::<E>(column, side(change)));
            }
        }
        self.row = Some(row);
    }

    /// The row was there, or was not, and the log says otherwise.
    fn outside(&self) -> Past<E> {
        self.past(|_| PastValue::Unknown(Reason::ChangedOutside))
    }

    fn past(&self, value: impl FnMut(ColumnOf<E>) -> PastValue) -> Past<E> {
        Past::of(self.id.clone(), &self.key, value)
    }
}

fn change<E: Audited>(entry: &Entry, column: ColumnOf<E>) -> Option<&Change> {
    named(&entry.changes, &names::<E>(column))
}

pub(super) fn read<E: Audited>(column: ColumnOf<E>, side: Option<&Encoded>) -> PastValue {
    let Some(encoded) = side else {
        return PastValue::Unknown(Reason::AddedSince);
    };
    match read_value(encoded, &ValueKind::of::<E>(column)) {
        Ok(value) => PastValue::Known(value),
        Err(DecodeError::Redacted) => PastValue::Unknown(Reason::Redacted),
        Err(error) => PastValue::Unknown(Reason::Unreadable(error)),
    }
}

/// The oldest of these entries.
async fn first<C: ConnectionTrait>(log: &Conditions, db: &C) -> Result<Option<Entry>, Error> {
    let rows = log.next(db, None, 1, false).await?;
    rows.into_iter().next().map(Entry::try_from).transpose()
}

/// Whether entries from before the moment are missing: the first id ever given is 1.
async fn is_purged<C: ConnectionTrait>(moment: Moment, db: &C) -> Result<bool, Error> {
    let first = audit_log::Entity::find()
        .order_by_asc(Column::Id)
        .one(db)
        .await
        .map_err(failed)?;
    Ok(first.is_some_and(|first| {
        first.id > 1
            && match moment {
                Moment::At(instant) => instant < first.recorded_at,
                Moment::Before(id) => id < first.id,
                Moment::After(id) => id < first.id - 1,
            }
    }))
}
