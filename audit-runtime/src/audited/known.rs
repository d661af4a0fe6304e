//! The tables and keys of the audited entities that this process has used.

use std::{
    collections::HashMap,
    sync::{LazyLock, PoisonError, RwLock},
};

use sea_orm::{Iterable, PrimaryKeyToColumn};

use super::{
    entity::{Audited, Child, ColumnOf},
    names::{type_name, type_names},
    parent::{self, Join, ParentField},
};

/// The entity type of each table.
static KNOWN: LazyLock<RwLock<HashMap<&'static str, String>>> = LazyLock::new(RwLock::default);

/// The field of this column, which holds the key of a row of `P`.
pub fn parent_field<P: Audited, C>(column: C) -> ParentField<C> {
    ParentField::new(column, type_name::<P>())
}

/// The first parent. Its bound is that of [`Child`], so that a wrong parent gives only one error.
pub fn first_parent<C: Child>() -> ParentField<ColumnOf<C>> {
    parent_field::<C::Parent, _>(C::parent_column())
}

pub(crate) fn know<E: Audited>() {
    let key: Vec<_> = E::PrimaryKey::iter()
        .map(|key| E::field(key.into_column()).name)
        .collect();
    if key.len() > 1 {
        let parents = E::parents().into_iter();
        let parents = parents.map(|parent| (E::field(parent.column).name, parent.entity_type));
        let parents = parents.collect();
        parent::know(type_names::<E>(), &Join { key, parents });
    }
    let entity_type = type_name::<E>().into_owned();
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.insert(E::default().table_name(), entity_type);
}

/// The entity type of a table, if it is known to be audited.
pub(crate) fn entity_type_of(table: &str) -> Option<String> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.get(table).cloned()
}
