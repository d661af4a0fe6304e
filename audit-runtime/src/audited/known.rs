//! The tables of the audited entities that this process has met.

use std::{
    collections::HashMap,
    sync::{LazyLock, PoisonError, RwLock},
};

use super::{entity::Audited, names::type_name};

/// By table: what entries call its entity.
static KNOWN: LazyLock<RwLock<HashMap<&'static str, String>>> = LazyLock::new(RwLock::default);

pub(crate) fn know<E: Audited>() {
    let entity_type = type_name::<E>().into_owned();
    let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
    known.insert(E::default().table_name(), entity_type);
}

/// What entries call the entity of a table, if it is one that is known to be audited.
pub(crate) fn entity_type_of(table: &str) -> Option<String> {
    let known = KNOWN.read().unwrap_or_else(PoisonError::into_inner);
    known.get(table).cloned()
}
