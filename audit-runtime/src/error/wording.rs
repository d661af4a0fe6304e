//! The parts of error messages that depend on values.

use super::Reason;
use crate::audit_log::Index;

pub(crate) fn audited_call(action: &str) -> &'static str {
    match action {
        "CREATE" => "insert(row)",
        "UPDATE" => "update(id, patch)",
        _ => "delete::<Entity>(id)",
    }
}

pub(super) fn or_create(indexes: &[Index]) -> String {
    let names: Vec<_> = indexes.iter().map(Index::to_string).collect();
    match &names[..] {
        [] => String::new(),
        names => format!(
            ", or create {} with audit_runtime::schema::create_index",
            names.join(" or ")
        ),
    }
}

pub(super) fn readable_by(feature: Option<&str>) -> String {
    let hidden = "mark it `#[audited(redact)]` or `#[audited(skip)]`";
    match feature {
        Some(feature) => format!("turn on its feature `{feature}`, or {hidden}"),
        None => hidden.to_owned(),
    }
}

pub(super) fn unknown(fields: &[(String, Reason)]) -> String {
    let fields = fields
        .iter()
        .map(|(field, reason)| format!("`{field}`: {reason}"));
    fields.collect::<Vec<_>>().join(", ")
}
