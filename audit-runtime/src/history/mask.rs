//! Masking: removes values from an entry that today's policies hide.

use serde_json::Value as Json;

use super::entry::Entry;
use crate::audited::policies::{Withheld, withheld};

/// The event that records a read of the trail.
pub(crate) const AUDIT_READ: &str = "AUDIT_READ";

/// Removes the fields that are skipped today, and the values of those that are redacted today.
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

/// Removes the searched values of hidden fields from a recorded read. The reader and the name of the field stay.
pub(crate) fn withhold_searched(entry: &mut Entry, hides: impl Fn(&str, &str) -> bool) {
    let Some((entity_type, query)) = query_of(entry) else {
        return;
    };
    let field = query.get("changed").and_then(Json::as_str);
    if let (Some(entity_type), Some(field)) = (entity_type, field)
        && hides(&entity_type, field)
    {
        withhold_parameters(query, &["from", "to"]);
    }
}

/// Removes the label that a recorded read searched for, if those of its type are hidden.
#[cfg(feature = "http")]
pub(crate) fn withhold_label(entry: &mut Entry, hides: impl Fn(Option<&str>) -> bool) {
    if let Some((entity_type, query)) = query_of(entry)
        && hides(entity_type.as_deref())
    {
        withhold_parameters(query, &["entity_label"]);
    }
}

/// Removes the values of these parameters from a recorded read.
#[cfg(feature = "http")]
pub(crate) fn withhold_asked(entry: &mut Entry, parameters: &[&str]) {
    if let Some((_, query)) = query_of(entry) {
        withhold_parameters(query, parameters);
    }
}

type Parameters = serde_json::Map<String, Json>;

/// The entity type that a recorded read was about, and its query.
fn query_of(entry: &mut Entry) -> Option<(Option<String>, &mut Parameters)> {
    if entry.action != AUDIT_READ {
        return None;
    }
    let of_row = entry.entity_type.clone();
    let metadata = entry.metadata.as_mut()?.as_object_mut()?;
    let text = |values: &Parameters| {
        let entity_type = values.get("entity_type").and_then(Json::as_str);
        entity_type.map(str::to_owned)
    };
    let of_metadata = text(metadata);
    let query = metadata.get_mut("query")?.as_object_mut()?;
    let entity_type = of_row.or(of_metadata).or_else(|| text(query));
    Some((entity_type, query))
}

fn withhold_parameters(query: &mut Parameters, parameters: &[&str]) {
    for parameter in parameters {
        if let Some(value) = query.get_mut(*parameter) {
            *value = Json::Null;
        }
    }
}
