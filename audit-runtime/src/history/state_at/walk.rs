//! Walks through a row's entries from the newest to the moment, and up to one batch further.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, QueryOrder,
    sea_query::{Cond, ValueTuple},
};

use super::super::{
    Entry, Moment, Past, PastValue,
    log_rows::{Conditions, failed},
    names::Names,
    scope::one_of,
};
use crate::{
    Error,
    audit_log::{self, Column, KIND_CHANGE},
    audited::{Audited, ColumnOf},
    error::Reason,
    stored_row::StoredRow,
};

/// The number of entries that one statement reads, and that are checked before the moment for contradictions.
const BATCH: usize = 200;

/// The state of the walk.
pub(super) struct Walk<E: Audited> {
    pub(super) id: String,
    pub(super) key: ValueTuple,
    pub(super) moment: Moment,
    pub(super) names: Names,
    /// The row after the entry that is processed next.
    pub(super) row: Option<Past<E>>,
    /// The columns whose value no earlier entry can contradict.
    pub(super) settled: BTreeSet<&'static str>,
    /// The number of entries before the moment that were processed.
    earlier: usize,
}

#[derive(PartialEq)]
pub(super) enum Next {
    Earlier,
    Done,
}

impl<E: Audited> Walk<E> {
    pub(super) fn new(id: String, key: ValueTuple, moment: Moment) -> Self {
        Self {
            id,
            key,
            moment,
            names: Names::of::<E>(),
            row: None,
            settled: BTreeSet::new(),
            earlier: 0,
        }
    }

    /// Returns the row at the moment, and whether the log has entries of it.
    pub(super) async fn run<C: ConnectionTrait>(
        mut self,
        row: Option<&StoredRow<E>>,
        entity_types: &[String],
        db: &C,
    ) -> Result<(Option<Past<E>>, bool), Error> {
        let log = Conditions::all([
            Cond::all().add_option(one_of(Column::EntityType, entity_types)),
            Column::EntityId.eq(&*self.id).into(),
            Column::Kind.eq(KIND_CHANGE).into(),
        ]);
        self.row = row.map(|row| self.past(|column| PastValue::Known(row.get(column))));

        let mut last = None;
        loop {
            let rows = log.next(db, last, BATCH, true).await?;
            let exhausted = rows.len() < BATCH;
            for row in rows {
                last = Some(row.id);
                if self.take(&Entry::from(row)) == Next::Done {
                    return Ok((self.row, true));
                }
            }
            if exhausted {
                break;
            }
            if self.earlier >= BATCH && !self.may_learn_from(first(&log, db).await?.as_ref()) {
                return Ok((self.row, true));
            }
        }
        if self.earlier == 0 && is_purged(self.moment, db).await? {
            let past = self.past(|_| PastValue::Unknown(Reason::Purged));
            return Ok((Some(past), last.is_some()));
        }
        Ok((self.row, last.is_some()))
    }

    fn take(&mut self, entry: &Entry) -> Next {
        if self.earlier == 0 && self.moment.precedes(entry) {
            self.undo(entry)
        } else {
            self.earlier += 1;
            self.compare(entry)
        }
    }

    pub(super) fn past(&self, value: impl FnMut(ColumnOf<E>) -> PastValue) -> Past<E> {
        Past::of(self.id.clone(), &self.key, value)
    }
}

/// The oldest of these entries.
async fn first<C: ConnectionTrait>(log: &Conditions, db: &C) -> Result<Option<Entry>, Error> {
    let rows = log.next(db, None, 1, false).await?;
    Ok(rows.into_iter().next().map(Entry::from))
}

/// Whether entries before the moment are missing. The first id of a log is 1.
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
