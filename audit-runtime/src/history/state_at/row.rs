//! The known state of the row at one point of the walk.

use sea_orm::{IdenStatic, Iterable};

use super::{
    super::{
        Entry, Past, PastValue,
        names::{Told, index},
        recorded::read_value,
    },
    told::read,
    walk::Walk,
};
use crate::{
    audited::{Audited, ColumnOf, FieldPolicy},
    encode::{Encoded, same},
    error::Reason,
};

impl<E: Audited> Walk<E> {
    /// Whether a column is known to have a different value.
    pub(super) fn differs(&self, column: ColumnOf<E>, side: Option<&Encoded>) -> bool {
        let known = self.row.as_ref().map(|row| row.get(column));
        let read = side.map(|side| read_value::<E>(side, column));
        matches!((known, read), (Some(PastValue::Known(known)), Some(Ok(value))) if !same(known, &value))
    }

    /// Whether a column is known to have this value.
    pub(super) fn has(&self, column: ColumnOf<E>, side: Option<&Encoded>) -> bool {
        let known = self.row.as_ref().map(|row| row.get(column));
        let read = side.map(|side| read_value::<E>(side, column));
        matches!((known, read), (Some(PastValue::Known(known)), Some(Ok(value))) if same(known, &value))
    }

    pub(super) fn unsettled(&self) -> impl Iterator<Item = ColumnOf<E>> {
        ColumnOf::<E>::iter().filter(|column| {
            let policy = E::field(*column).policy;
            matches!(policy, FieldPolicy::Record | FieldPolicy::Redact) && !self.is_settled(*column)
        })
    }

    pub(super) fn is_settled(&self, column: ColumnOf<E>) -> bool {
        self.settled.contains(column.as_str())
    }

    pub(super) fn settle(&mut self, entry: &Entry) {
        for column in ColumnOf::<E>::iter() {
            if let Told::Change(_) = self.told(entry, column) {
                self.settled.insert(column.as_str());
            }
        }
    }

    pub(super) fn set(&mut self, entry: &Entry, side: impl Fn(Told<'_>) -> Option<&Encoded>) {
        let mut row = self.row.take().unwrap_or_else(|| self.outside());
        for column in ColumnOf::<E>::iter() {
            let told = self.told(entry, column);
            if let Told::Change(_) = told {
                row.set(column, read::<E>(entry, told, column, side(told)));
            }
        }
        self.row = Some(row);
    }

    pub(super) fn set_unknown(&mut self, column: ColumnOf<E>, reason: Reason) {
        if let Some(row) = &mut self.row {
            row.set(column, PastValue::Unknown(reason));
        }
    }

    pub(super) fn told<'a>(&self, entry: &'a Entry, column: ColumnOf<E>) -> Told<'a> {
        self.names.told(entry, index::<E>(column))
    }

    /// The row if the log contradicts its existence or its absence.
    pub(super) fn outside(&self) -> Past<E> {
        self.past(|_| PastValue::Unknown(Reason::ChangedOutside))
    }
}
