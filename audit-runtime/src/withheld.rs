//! What the policies of today withhold of entries that were written under those of another day.

use std::{
    any::TypeId,
    collections::{HashMap, HashSet},
    sync::{LazyLock, PoisonError, RwLock},
};

use sea_orm::{IdenStatic, Iterable};
use serde_json::Value as Json;

use crate::{
    Entry,
    audited::{Audited, ColumnOf, FieldPolicy},
    entity_id::type_names,
    history::names,
};

/// The event that a trail records of a reader.
pub(crate) const AUDIT_READ: &str = "AUDIT_READ";

/// What of a field is not shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Withheld {
    /// Its values; that it changed is.
    Values,
    /// Anything.
    Everything,
}

#[derive(Default)]
struct Policies {
    known: HashSet<TypeId>,
    /// By entity type and field, under every name that the field has had.
    withheld: HashMap<String, HashMap<&'static str, Withheld>>,
}

static POLICIES: LazyLock<RwLock<Policies>> = LazyLock::new(RwLock::default);

/// Applies the policy of this entity to all entries that this process reads from now on.
///
/// The log may contain values of a field that is redacted or skipped today, from a time when it was recorded. Entries are
/// masked when they are read: [`Changes`](crate::Changes), sentences, JSON and the past of a row do not contain these
/// values, and a search does not find them. A policy applies from the first write, query or route of its entity on, so
/// only a process that reads nothing but the whole log calls this. If two entities of one entity type differ, the
/// stricter policy applies.
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
            .flat_map(names::<E>)
            .collect();
        names::<E>(column).into_iter().filter_map(move |name| {
            // That another field of the same name once changed is to be seen.
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
}

/// What of a field is not shown, of all that is known of its entity.
pub(crate) fn withheld(entity_type: &str, field: &str) -> Option<Withheld> {
    let policies = POLICIES.read().unwrap_or_else(PoisonError::into_inner);
    policies.withheld.get(entity_type)?.get(field).copied()
}

/// The entry without what is not shown today.
pub(crate) fn withhold(entry: &mut Entry) {
    if let Some(entity_type) = &entry.entity_type {
        let of_field = |field: &str| withheld(entity_type, field);
        let everything = |field: &str| of_field(field) == Some(Withheld::Everything);
        entry.changes.retain(|field| !everything(field));
        entry.changes.redact(|field| of_field(field).is_some());
    }
    withhold_searched(entry, |entity_type, field| {
        withheld(entity_type, field).is_some()
    });
}

/// Who searched is told, and for which field; not by which value, where the field's values are hidden.
pub(crate) fn withhold_searched(entry: &mut Entry, hides: impl Fn(&str, &str) -> bool) {
    let entity_type = entry.entity_type.clone();
    let Some((metadata, query)) = query_of(entry) else {
        return;
    };
    let entity_type = entity_type.or(metadata);
    let field = query.get("changed").and_then(Json::as_str);
    if let (Some(entity_type), Some(field)) = (entity_type, field)
        && hides(&entity_type, field)
    {
        withhold_parameters(query, &["from", "to"]);
    }
}

/// Who searched is told; not by which of these parameters' values.
#[cfg(feature = "http")]
pub(crate) fn withhold_asked(entry: &mut Entry, parameters: &[&str]) {
    if let Some((_, query)) = query_of(entry) {
        withhold_parameters(query, parameters);
    }
}

type Parameters = serde_json::Map<String, Json>;

/// The type that a read was of, where it is not that of a row, and what was asked.
fn query_of(entry: &mut Entry) -> Option<(Option<String>, &mut Parameters)> {
    if entry.action != AUDIT_READ {
        return None;
    }
    let metadata = entry.metadata.as_mut()?.as_object_mut()?;
    let entity_type = metadata.get("entity_type").and_then(Json::as_str);
    let entity_type = entity_type.map(str::to_owned);
    let query = metadata.get_mut("query")?.as_object_mut()?;
    Some((entity_type, query))
}

fn withhold_parameters(query: &mut Parameters, parameters: &[&str]) {
    for parameter in parameters {
        if let Some(value) = query.get_mut(*parameter) {
            *value = Json::Null;
        }
    }
}
