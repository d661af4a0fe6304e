//! The registry of field policies: masks entries that were written under an earlier policy.

use std::{
    any::TypeId,
    collections::{HashMap, HashSet},
    sync::{LazyLock, PoisonError, RwLock},
};

use sea_orm::{IdenStatic, Iterable};

use super::entity::{Audited, ColumnOf, FieldPolicy};
use super::{
    known::know,
    names::{field_names, type_names},
};

/// The hidden part of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Withheld {
    /// The values. The fact of a change is shown.
    Values,
    /// Everything.
    Everything,
}

#[derive(Default)]
struct Policies {
    known: HashSet<TypeId>,
    /// The policies by entity type and field, under every name that the field has had.
    withheld: HashMap<String, HashMap<&'static str, Withheld>>,
}

static POLICIES: LazyLock<RwLock<Policies>> = LazyLock::new(RwLock::default);

/// Applies the policy of this entity to all entries that this process reads from now on.
///
/// The log may contain values of a field that is redacted or skipped today, from a time when it was recorded. Entries
/// are masked when they are read: [`Changes`](crate::Changes), sentences, JSON and the past of a row do not contain
/// these values, and a search does not find them. A policy applies from the first write, query or route of its entity,
/// so only a process that reads the whole log and nothing else must call this. If two entities of one entity type
/// differ, the stricter policy applies.
///
/// The table and the view `audit_entries` are not changed.
pub fn apply_policy<E: Audited>() {
    let id = TypeId::of::<E>();
    let policies = POLICIES.read().unwrap_or_else(PoisonError::into_inner);
    if policies.known.contains(&id) {
        return;
    }
    drop(policies);
    let withheld = ColumnOf::<E>::iter().flat_map(|column| {
        let withheld = match E::field(column).policy {
            FieldPolicy::Key | FieldPolicy::Record => None,
            FieldPolicy::Redact => Some(Withheld::Values),
            FieldPolicy::Skip => Some(Withheld::Everything),
        };
        let is_other = |other: &ColumnOf<E>| other.as_str() != column.as_str();
        let names_of_others: Vec<_> = ColumnOf::<E>::iter()
            .filter(is_other)
            .flat_map(field_names::<E>)
            .collect();
        field_names::<E>(column)
            .into_iter()
            .filter_map(move |name| {
                // A change of another field that had the same name stays visible.
                let withheld = match withheld? {
                    Withheld::Everything if names_of_others.contains(&name) => Withheld::Values,
                    withheld => withheld,
                };
                Some((name, withheld))
            })
    });
    let mut policies = POLICIES.write().unwrap_or_else(PoisonError::into_inner);
    let withheld: Vec<_> = withheld.collect();
    for entity_type in type_names::<E>() {
        let fields = policies.withheld.entry(entity_type).or_default();
        for (name, withheld) in &withheld {
            let field = fields.entry(name).or_insert(*withheld);
            *field = (*withheld).max(*field);
        }
    }
    policies.known.insert(id);
    know::<E>();
}

/// The hidden part of a field, if its entity is registered.
pub(crate) fn withheld(entity_type: &str, field: &str) -> Option<Withheld> {
    let policies = POLICIES.read().unwrap_or_else(PoisonError::into_inner);
    policies.withheld.get(entity_type)?.get(field).copied()
}
