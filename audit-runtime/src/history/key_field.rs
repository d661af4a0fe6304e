//! The fields of a key in the filter on changes. Their values are in the entity id. A row has the same key from its
//! creation to its deletion.

use sea_orm::{ColumnTrait, Iterable, PrimaryKeyToColumn, Value, sea_query::Cond};

use super::{Entry, Kind, past::same};
use crate::{
    audit_log::{Column, KIND_CHANGE},
    audited::{Audited, ColumnOf},
    changes::Change,
    encode::encode,
    entity_id::key_from,
};

#[derive(Clone, Copy, Debug)]
pub(super) struct KeyField {
    part: usize,
    read: fn(&str, usize) -> Option<Value>,
}

/// The entity id is a hash, which does not reveal the field.
pub(super) struct KeptAsHash;

impl KeyField {
    pub(super) fn of<E: Audited>(column: ColumnOf<E>) -> Option<Self> {
        let mut parts = E::PrimaryKey::iter();
        let part = parts.position(|key| same(&key.into_column(), &column))?;
        let read = |id: &str, part| key_from::<E>(id)?.into_iter().nth(part);
        Some(Self { part, read })
    }

    /// The change of the field in an entry: its value after the row was created, or before it was deleted.
    pub(super) fn change(self, entry: &Entry) -> Option<Result<Change, KeptAsHash>> {
        let is_created = match (entry.kind, &*entry.action) {
            (Kind::Change, "CREATE") => true,
            (Kind::Change, "DELETE") => false,
            _ => return None,
        };
        let id = entry.entity_id.as_deref()?;
        let Some(value) = (self.read)(id, self.part) else {
            return Some(Err(KeptAsHash));
        };
        let (here, nowhere) = (Some(encode(&value)), None);
        let (before, after) = match is_created {
            true => (nowhere, here),
            false => (here, nowhere),
        };
        Some(Ok(Change { before, after }))
    }
}

/// The condition for the entries that have the requested sides.
pub(super) fn in_sql(asks_before: bool, asks_after: bool) -> Cond {
    let mut actions = Vec::new();
    if !asks_before {
        actions.push("CREATE");
    }
    if !asks_after {
        actions.push("DELETE");
    }
    Cond::all()
        .add(Column::Kind.eq(KIND_CHANGE))
        .add(Column::Action.is_in(actions))
}
