//! Reads the key of a row in a join table: its fields by name, and the parents.

use serde_json::{Map, Value as Json};

use crate::audited::parent::{Join, join_of};

/// The parents of a row that has several.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Parents {
    pub(super) all: Vec<Parent>,
    /// Whether they are the whole key, so that it need not be shown.
    pub(super) are_key: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Parent {
    pub(super) entity_type: String,
    pub(super) id: String,
    pub(super) label: Option<String>,
}

/// The fields of a composite key, if the entity is known to this process.
pub(super) fn key_of(entity_type: Option<&str>, id: Option<&str>) -> Option<Map<String, Json>> {
    fields_of_key(&join_of(entity_type?)?, id?)
}

fn fields_of_key(join: &Join, id: &str) -> Option<Map<String, Json>> {
    let parts: Vec<Json> = serde_json::from_str(id).ok()?;
    let names = join.key.iter().map(|name| (*name).to_owned());
    (parts.len() == join.key.len()).then(|| names.zip(parts).collect())
}

/// The parents of a row, if it has several and its key contains all of them.
pub(super) fn parents_of(entity_type: Option<&str>, id: Option<&str>) -> Parents {
    let join = entity_type.and_then(join_of);
    let Some(join) = join.filter(|join| join.parents.len() > 1) else {
        return Parents::default();
    };
    let key = id.and_then(|id| fields_of_key(&join, id));
    let told = join.parents.iter().map(|(field, entity_type)| {
        Some(Parent {
            entity_type: entity_type.clone(),
            id: text(key.as_ref()?.get(*field)?)?,
            label: None,
        })
    });
    Parents {
        all: told.collect::<Option<_>>().unwrap_or_default(),
        are_key: join.key.len() == join.parents.len(),
    }
}

fn text(json: &Json) -> Option<String> {
    match json {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        json => Some(json.to_string()),
    }
}
