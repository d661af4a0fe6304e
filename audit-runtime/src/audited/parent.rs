//! The parents of a row, and the names of the fields of a key.

use std::{
    collections::HashMap,
    sync::{LazyLock, PoisonError, RwLock},
};

/// A column that holds the key of a row of another entity.
#[derive(Clone, Debug)]
pub struct ParentField<C> {
    pub(crate) column: C,
    pub(crate) entity_type: String,
}

impl<C> ParentField<C> {
    /// Creates it from a column and the entity type of the other row.
    pub fn new(column: C, entity_type: impl Into<String>) -> Self {
        let entity_type = entity_type.into();
        Self {
            column,
            entity_type,
        }
    }
}

/// The key of an entity, if it has several fields.
#[derive(Clone, Debug)]
pub(crate) struct Join {
    /// The fields, in the order of the key.
    pub(crate) key: Vec<&'static str>,
    /// The fields that hold the keys of parents, with the entity types of these.
    pub(crate) parents: Vec<(&'static str, String)>,
}

/// The keys by entity type.
static JOINS: LazyLock<RwLock<HashMap<String, Join>>> = LazyLock::new(RwLock::default);

pub(super) fn know(entity_types: Vec<String>, join: &Join) {
    let mut joins = JOINS.write().unwrap_or_else(PoisonError::into_inner);
    joins.extend(entity_types.into_iter().map(|name| (name, join.clone())));
}

/// The key of this entity type, if it has several fields and this process has used the entity.
pub(crate) fn join_of(entity_type: &str) -> Option<Join> {
    let joins = JOINS.read().unwrap_or_else(PoisonError::into_inner);
    joins.get(entity_type).cloned()
}
