//! Compares the entries before the moment with the later state, to detect unlogged writes.

use sea_orm::Iterable;

use super::{
    super::{Entry, Moment, PastValue, names::Told},
    told::{after, not_read},
    walk::{Next, Walk},
};
use crate::{
    audited::{Audited, ColumnOf},
    error::Reason,
};

impl<E: Audited> Walk<E> {
    /// If an earlier entry disagrees with the later state, an unlogged write happened.
    pub(super) fn compare(&mut self, entry: &Entry) -> Next {
        if !self.reads(entry) {
            match self.row {
                Some(_) => {
                    for column in self.unsettled().collect::<Vec<_>>() {
                        self.set_unknown(column, not_read());
                    }
                }
                None => self.row = Some(self.past(|_| PastValue::Unknown(not_read()))),
            }
            return Next::Done;
        }
        let is_here = self.moment == Moment::After(entry.id);
        if is_here && self.is_foreign(entry) {
            self.row = Some(self.past(|_| PastValue::Unknown(Reason::NameReused)));
            return Next::Done;
        }
        match (&*entry.action, &self.row) {
            ("DELETE", _) if is_here => self.row = None,
            ("DELETE", None) => {}
            ("DELETE", Some(_)) => self.row = Some(self.outside()),
            (_, None) => {
                self.row = Some(self.outside());
                if is_here {
                    self.set(entry, after);
                }
                return Next::Done;
            }
            (_, Some(_)) if is_here => {
                self.doubt(entry);
                self.set(entry, after);
                self.settle(entry);
            }
            _ => {
                self.doubt(entry);
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

    pub(super) fn contradict(&mut self, entry: &Entry) {
        for column in ColumnOf::<E>::iter() {
            let Told::Change(change) = self.told(entry, column) else {
                continue;
            };
            let after = change.after.as_ref();
            if !self.is_settled(column) && self.differs(column, after) {
                self.set_unknown(column, Reason::ChangedOutside);
            }
        }
    }

    /// Marks columns that are in no entry back to the row's creation: they were added at an unknown time.
    pub(super) fn reach_birth(&mut self) {
        let unborn: Vec<_> = self.unsettled().collect();
        for column in unborn {
            self.set_unknown(column, Reason::AddedSince);
        }
    }

    /// Whether the row's creation may lack a column that is not settled yet.
    pub(super) fn may_learn_from(&self, first: Option<&Entry>) -> bool {
        first.is_some_and(|first| {
            first.action == "CREATE"
                && self
                    .unsettled()
                    .any(|column| !matches!(self.told(first, column), Told::Change(_)))
        })
    }
}
