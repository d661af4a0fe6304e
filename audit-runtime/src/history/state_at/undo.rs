//! Undoes the entries after the moment, from the newest to the oldest.

use sea_orm::Iterable;

use super::{
    super::{Entry, Moment, PastValue, names::Told},
    told::{after, before, not_read, read},
    walk::{Next, Walk},
};
use crate::{
    audited::{Audited, ColumnOf, entity_type::entity_type},
    error::Reason,
};

impl<E: Audited> Walk<E> {
    pub(super) fn undo(&mut self, entry: &Entry) -> Next {
        let is_next = self.moment == Moment::Before(entry.id);
        if self.is_foreign(entry) {
            self.row = Some(self.past(|_| PastValue::Unknown(Reason::NameReused)));
            return Next::Done;
        }
        match &*entry.action {
            _ if !self.reads(entry) => {
                self.row = Some(self.past(|_| PastValue::Unknown(not_read())));
                return Next::Earlier;
            }
            "CREATE" => {
                self.row = None;
                if is_next {
                    return Next::Done;
                }
            }
            "DELETE" => {
                self.row = Some(self.past(|column| match self.told(entry, column) {
                    Told::Nothing => PastValue::Unknown(Reason::AddedSince),
                    told => read::<E>(entry, told, column, before(told)),
                }));
                if is_next {
                    self.settle(entry);
                }
            }
            _ => {
                let unclear = self.unclear(entry);
                self.set(entry, before);
                for column in unclear {
                    self.set_unknown(column, Reason::NameReused);
                }
                if is_next {
                    self.settle(entry);
                }
            }
        }
        Next::Earlier
    }

    /// Whether this version can read the entry.
    pub(super) fn reads(&self, entry: &Entry) -> bool {
        entry.is_read && matches!(&*entry.action, "CREATE" | "UPDATE" | "DELETE")
    }

    /// Whether an entry with a former entity type is about a row of another entity, which uses that type now.
    pub(super) fn is_foreign(&self, entry: &Entry) -> bool {
        let is_former = entry.entity_type.as_deref() != Some(&*entity_type::<E>());
        is_former
            && match (&*entry.action, &self.row) {
                ("DELETE", row) => row.is_some(),
                (_, None) => true,
                (_, Some(_)) => ColumnOf::<E>::iter().any(|column| {
                    let told = self.told(entry, column);
                    matches!(told, Told::Change(_)) && self.differs(column, after(told))
                }),
            }
    }
}
