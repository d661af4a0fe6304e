//! Walks through a row's entries from the newest to the moment, and up to one batch further.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait, ConnectionTrait,
    sea_query::{Cond, ValueTuple},
};

use super::super::{
    Entry, Moment, Past, PastValue,
    cold::Test,
    log_rows::{Archived, Conditions},
    names::Names,
    purged::{Gone, gone_after, gone_before},
    row_security::is_filtered,
    scope::one_of,
};
use crate::{
    Error,
    audit_log::{Column, KIND_CHANGE},
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
    /// The archive that is read with the log.
    pub(super) archive: Option<Archived>,
    pub(super) names: Names,
    /// The row after the entry that is processed next.
    pub(super) row: Option<Past<E>>,
    /// The columns whose value no earlier entry can contradict.
    pub(super) settled: BTreeSet<&'static str>,
    /// The columns in the moment's own entry, for logs with purged entries. `None` without that entry.
    told: Option<BTreeSet<&'static str>>,
    /// The number of entries before the moment that were processed.
    earlier: usize,
    /// Whether there were entries after the moment.
    pub(super) has_undone: bool,
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
            archive: None,
            names: Names::of::<E>(),
            row: None,
            settled: BTreeSet::new(),
            told: None,
            earlier: 0,
            has_undone: false,
        }
    }

    /// Goes back from the row to its state at the moment. Returns whether the log has entries of it.
    pub(super) async fn run<C: ConnectionTrait>(
        &mut self,
        row: Option<&StoredRow<E>>,
        entity_types: &[String],
        db: &C,
    ) -> Result<bool, Error> {
        self.row = row.map(|row| self.past(|column| PastValue::Known(row.get(column))));
        let is_logged = self.walk(entity_types, db).await?;
        if is_filtered(db).await? {
            self.forget(&Reason::Hidden);
        } else {
            match gone_after(self.moment, entity_types, db).await? {
                Gone::No => {}
                Gone::ToArchive if self.archive.is_some() => {}
                Gone::ToArchive => self.forget(&Reason::Archived),
                Gone::ForGood => self.forget(&Reason::Purged),
            }
        }
        Ok(is_logged)
    }

    /// Marks the columns that are not in the moment's own entry as unknown: missing or hidden entries may have changed
    /// them.
    fn forget(&mut self, reason: &Reason) {
        let is_told = self.told.is_some();
        self.settled = self.told.take().unwrap_or_default();
        match self.row {
            Some(_) => {
                for column in self.unsettled().collect::<Vec<_>>() {
                    self.set_unknown(column, reason.clone());
                }
            }
            None if is_told => {}
            None => self.row = Some(self.past(|_| PastValue::Unknown(reason.clone()))),
        }
    }

    /// Goes through the entries, and returns whether there are any.
    async fn walk<C: ConnectionTrait>(
        &mut self,
        entity_types: &[String],
        db: &C,
    ) -> Result<bool, Error> {
        let log = self.log(entity_types);
        let mut last = None;
        loop {
            let rows = log.next(db, last, BATCH, true).await?;
            let exhausted = rows.len() < BATCH;
            for row in rows {
                last = Some(row.id);
                if self.take(&Entry::from(row)) == Next::Done {
                    return Ok(true);
                }
            }
            if exhausted {
                break;
            }
            if self.earlier >= BATCH && !self.may_learn_from(first(&log, db).await?.as_ref()) {
                return Ok(true);
            }
        }
        if self.earlier == 0 {
            let everything = Conditions::all([]).across(self.archive.as_ref(), Vec::new());
            match gone_before(self.moment, &everything, db).await? {
                Gone::No => {}
                Gone::ToArchive => {
                    self.row = Some(self.past(|_| PastValue::Unknown(Reason::Archived)))
                }
                Gone::ForGood => self.row = Some(self.past(|_| PastValue::Unknown(Reason::Purged))),
            }
        }
        Ok(last.is_some())
    }

    /// The changes of the row.
    fn log(&self, entity_types: &[String]) -> Conditions {
        let tests = vec![
            Test::Text(Column::EntityType, entity_types.to_vec()),
            Test::Text(Column::EntityId, vec![self.id.clone()]),
            Test::Small(Column::Kind, KIND_CHANGE),
        ];
        Conditions::all([
            Cond::all().add_option(one_of(Column::EntityType, entity_types)),
            Column::EntityId.eq(&*self.id).into(),
            Column::Kind.eq(KIND_CHANGE).into(),
        ])
        .across(self.archive.as_ref(), tests)
    }

    fn take(&mut self, entry: &Entry) -> Next {
        let next = if self.earlier == 0 && self.moment.precedes(entry) {
            self.has_undone = true;
            self.undo(entry)
        } else {
            self.earlier += 1;
            self.compare(entry)
        };
        if matches!(self.moment, Moment::Before(id) | Moment::After(id) if id == entry.id) {
            self.told = Some(self.settled.clone());
        }
        next
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
