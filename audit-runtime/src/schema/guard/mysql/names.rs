//! The names of a table and of its triggers.

use super::quoted;
use crate::{audited::Audited, text::sha256};

/// The table's name in the entity.
pub(in crate::schema::guard) fn table<E: Audited>() -> String {
    in_schema::<E>(E::default().table_name())
}

pub(super) fn in_schema<E: Audited>(name: &str) -> String {
    match E::default().schema_name() {
        Some(schema) => format!("{}.{}", quoted(schema), quoted(name)),
        None => quoted(name),
    }
}

/// The name of a trigger, which has at most 64 characters.
pub(super) fn trigger<E: Audited>(action: &str) -> String {
    let entity = E::default();
    let table = entity.table_name();
    if table.len() <= 40 {
        format!("audit_guard_{table}_{action}")
    } else {
        format!("audit_guard_{}_{action}", &sha256(table)[..40])
    }
}
