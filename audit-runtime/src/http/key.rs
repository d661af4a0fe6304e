//! The key of a row as a URL has it.

use sea_orm::{DbBackend, Iterable, PrimaryKeyToColumn, Value, sea_query::ValueTuple};
use serde_json::Value as Json;

use crate::{
    audited::Audited,
    encode::{Encoded, ValueKind, decode},
    entity_id::entity_id_of,
};

/// The entity id of a key as a path has it, or `None` if there can be no such key.
///
/// That is the entry's own `entity_id`, or what means the same: `7`, `0198a7…`, and `[7,"jane"]` of a composite key.
pub(super) fn entity_id_of_text<E: Audited>(text: &str, backend: DbBackend) -> Option<String> {
    Some(entity_id_of::<E>(key::<E>(text)?, backend))
}

fn key<E: Audited>(text: &str) -> Option<ValueTuple> {
    let kinds: Vec<_> = E::PrimaryKey::iter()
        .map(|column| ValueKind::of::<E>(column.into_column()))
        .collect();
    let mut values = match &*kinds {
        [kind] => vec![
            value(text.into(), kind).or_else(|| value(serde_json::from_str(text).ok()?, kind))?,
        ],
        _ => {
            let parts: Vec<Json> = serde_json::from_str(text).ok()?;
            if parts.len() != kinds.len() {
                return None;
            }
            let values = parts
                .into_iter()
                .zip(&kinds)
                .map(|(json, kind)| value(json, kind));
            values.collect::<Option<_>>()?
        }
    }
    .into_iter();
    Some(
        match (values.next(), values.next(), values.next(), values.next()) {
            (Some(a), None, None, None) => ValueTuple::One(a),
            (Some(a), Some(b), None, None) => ValueTuple::Two(a, b),
            (Some(a), Some(b), Some(c), None) => ValueTuple::Three(a, b, c),
            (a, b, c, d) => {
                ValueTuple::Many([a, b, c, d].into_iter().flatten().chain(values).collect())
            }
        },
    )
}

/// No part of a key is NULL.
fn value(json: Json, kind: &ValueKind) -> Option<Value> {
    let value = decode(&Encoded::Plain(json), kind).ok()?;
    value.is_some().then_some(value)
}
