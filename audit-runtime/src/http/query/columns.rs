//! The columns whose changes are in the log.

use sea_orm::Iterable;

use super::{super::Problem, bad_request};
use crate::audited::{Audited, ColumnOf, FieldPolicy};

pub(in crate::http) fn column_of<E: Audited>(field: &str) -> Result<ColumnOf<E>, Problem> {
    let recorded = || ColumnOf::<E>::iter().filter(|column| is_recorded::<E>(*column));
    let found = recorded().find(|column| E::field(*column).name == field);
    found.ok_or_else(|| {
        let known: Vec<_> = recorded()
            .map(|column| format!("`{}`", E::field(column).name))
            .collect();
        bad_request(format!(
            "`changed`: there is no such field; there are {}",
            known.join(", ")
        ))
    })
}

/// Whether changes of a column are in the log.
pub(in crate::http) fn is_recorded<E: Audited>(column: ColumnOf<E>) -> bool {
    matches!(
        E::field(column).policy,
        FieldPolicy::Record | FieldPolicy::Redact
    )
}
