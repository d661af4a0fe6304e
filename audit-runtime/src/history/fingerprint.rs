//! The fingerprint of a query, which ties a cursor to it.

use serde_json::{Value as Json, json};

use super::{History, children::Children, field::FieldCondition, scope::Subject};

/// Writes the query as JSON. It contains arrays only, because the order of an object's keys depends on features of
/// `serde_json`.
pub(super) fn fingerprint(
    question: &History,
    subject: &Subject<'_>,
    fields: &[FieldCondition],
) -> String {
    // Without `..`, so that a new field does not compile until it is handled here.
    let History {
        scope: _,
        children,
        names_parents: _,
        conditions,
        fields: _,
        misuse: _,
        newest_first,
        archive: _,
    } = question;
    let children: Vec<_> = children.iter().flatten().map(Children::name).collect();
    let conditions = conditions
        .iter()
        .map(|(name, condition)| json!([name, condition.declaration().written]));
    let fields = fields.iter().map(FieldCondition::written);
    json!([
        subject.entity_types,
        subject.entity_ids,
        children,
        conditions.collect::<Json>(),
        fields.collect::<Json>(),
        newest_first,
    ])
    .to_string()
}
