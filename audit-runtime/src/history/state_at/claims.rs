//! Resolves entries with a field name that two fields have had.

use sea_orm::{IdenStatic, Iterable};

use super::{
    super::{
        Entry,
        names::{Claim, Told},
    },
    told::{before, read},
    walk::Walk,
};
use crate::{
    audited::{Audited, ColumnOf},
    error::Reason,
};

impl<E: Audited> Walk<E> {
    /// The columns that an entry may or may not have changed, because two fields have had the name in it. If exactly
    /// one of them has the value after the change, and the others are known to differ, the change is undone in that
    /// one.
    pub(super) fn unclear(&mut self, entry: &Entry) -> Vec<ColumnOf<E>> {
        let mut unclear = Vec::new();
        for Claim {
            change, columns, ..
        } in self.names.in_question(entry)
        {
            let columns: Vec<_> = columns.into_iter().filter_map(column_at::<E>).collect();
            let after = change.after.as_ref();
            let has: Vec<_> = columns
                .iter()
                .filter(|column| self.has(**column, after))
                .collect();
            let others_differ = columns
                .iter()
                .filter(|column| !self.has(**column, after))
                .all(|column| self.differs(*column, after));
            match &has[..] {
                [column] if others_differ => {
                    let told = Told::Change(change);
                    let value = read::<E>(entry, told, **column, before(told));
                    if let Some(row) = &mut self.row {
                        row.set(**column, value);
                    }
                }
                _ => unclear.extend(columns),
            }
        }
        unclear
    }

    /// Checks an entry before the moment whose field name two fields have had. If neither has the value after the
    /// change, an unlogged write happened.
    pub(super) fn doubt(&mut self, entry: &Entry) {
        let claims = self.names.in_question(entry);
        let left: Vec<_> = claims.iter().map(|claim| &claim.change.after).collect();
        for Claim {
            change, columns, ..
        } in &claims
        {
            let columns = || columns.iter().copied().filter_map(column_at::<E>);
            let open: Vec<_> = columns()
                .filter(|column| !self.is_settled(*column))
                .collect();
            let after = change.after.as_ref();
            let has: Vec<_> = open
                .iter()
                .filter(|column| self.has(**column, after))
                .collect();
            // Several changes have the same value, and as many fields have it. Any assignment between them gives the
            // same result.
            let alike = left.iter().filter(|left| **left == &change.after).count();
            if has.is_empty() && open.len() == columns().count() {
                for column in open {
                    self.set_unknown(column, Reason::NameReused);
                }
            } else if has.len() <= alike {
                let has: Vec<_> = has.into_iter().map(|column| column.as_str()).collect();
                self.settled.extend(has);
            }
        }
    }
}

fn column_at<E: Audited>(index: usize) -> Option<ColumnOf<E>> {
    ColumnOf::<E>::iter().nth(index)
}
