//! The text that tells one query from another, for cursors.

use serde_json::{Value as Json, json};

use super::{History, field::FieldCondition, scope::Subject};

/// The query as JSON. Arrays keep their order whatever the features of `serde_json`.
pub(super) fn fingerprint(
    question: &History,
    subject: &Subject<'_>,
    fields: &[FieldCondition],
) -> String {
    // Without `..`: what is added makes another query, or is listed as what does not.
    let History {
        scope: _,
        children,
        conditions,
        fields: _,
        misuse: _,
        newest_first,
    } = question;
    let children: Vec<_> = children.iter().map(|children| children.name()).collect();
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
