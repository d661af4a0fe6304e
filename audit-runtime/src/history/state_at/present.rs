//! Compares the current row with its entries.

use super::{
    super::{Entry, Moment, PastValue},
    walk::{Next, Walk},
};
use crate::{
    audited::{Audited, ColumnOf},
    error::Reason,
    stored_row::StoredRow,
};

/// The current row, compared with its entries from the newest to the oldest.
pub(in crate::history) struct Present<E: Audited>(Walk<E>);

impl<E: Audited> Present<E> {
    pub(in crate::history) fn of(id: String, row: &StoredRow<E>) -> Self {
        let mut walk = Walk::new(id, row.key(), Moment::After(i64::MAX));
        walk.row = Some(walk.past(|column| PastValue::Known(row.get(column))));
        Self(walk)
    }

    /// Takes the next older entry. Returns whether earlier ones cannot add anything.
    pub(in crate::history) fn take(&mut self, entry: &Entry) -> bool {
        self.0.compare(entry) == Next::Done || self.0.unsettled().next().is_none()
    }

    /// The fields whose values differ from the log.
    pub(in crate::history) fn changed_outside(&self) -> Vec<String> {
        let Some(row) = &self.0.row else {
            return Vec::new();
        };
        let changed = row
            .iter()
            .filter(|(_, value)| matches!(value, PastValue::Unknown(Reason::ChangedOutside)));
        let name = |column: ColumnOf<E>| E::field(column).name.to_owned();
        changed.map(|(column, _)| name(column)).collect()
    }
}
