//! An entry as a record of CSV (RFC 4180).

use super::{escaped, rfc3339};
use crate::{Entry, Kind};

pub(crate) const COLUMNS: [&str; 25] = [
    "id",
    "kind",
    "changeset_id",
    "tenant",
    "service",
    "entity_type",
    "entity_id",
    "entity_label",
    "action",
    "outcome",
    "actor_kind",
    "actor_id",
    "actor_name",
    "on_behalf_of",
    "timestamp",
    "recorded_at",
    "ip",
    "user_agent",
    "session_id",
    "request_id",
    "trace_id",
    "reason",
    "reverts",
    "changes",
    "metadata",
];

/// The values of an entry, by [`COLUMNS`]. Changes and metadata are JSON. An absent value is empty.
pub(crate) fn cells(entry: &Entry) -> [String; 25] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let kind = match entry.kind {
        Kind::Change => "change",
        Kind::Event => "event",
        Kind::Unknown => "unknown",
    };
    let Entry { actor, source, .. } = entry;
    [
        entry.id.to_string(),
        kind.to_owned(),
        entry.changeset_id.to_string(),
        text(&entry.tenant),
        text(&entry.service),
        text(&entry.entity_type),
        text(&entry.entity_id),
        text(&entry.entity_label),
        entry.action.clone(),
        entry.outcome.as_str().to_owned(),
        actor.kind.clone(),
        actor.id.clone(),
        text(&actor.name),
        text(&entry.on_behalf_of),
        rfc3339(entry.timestamp).unwrap_or_default(),
        rfc3339(entry.recorded_at).unwrap_or_default(),
        source.ip.map(|ip| ip.to_string()).unwrap_or_default(),
        text(&source.user_agent),
        text(&source.session_id),
        text(&source.request_id),
        text(&source.trace_id),
        text(&entry.reason),
        entry.reverts.map(|id| id.to_string()).unwrap_or_default(),
        escaped(&entry.changes),
        entry.metadata.as_ref().map(escaped).unwrap_or_default(),
    ]
}

/// The cell, with a leading `'` if a spreadsheet would treat it as a formula.
pub(crate) fn without_formula(mut cell: String) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        cell.insert(0, '\'');
    }
    cell
}

pub(crate) fn record(cells: impl IntoIterator<Item = String>) -> String {
    let quoted = |cell: String| match cell.contains([',', '"', '\r', '\n']) {
        true => format!("\"{}\"", cell.replace('"', "\"\"")),
        false => cell,
    };
    let cells: Vec<_> = cells.into_iter().map(quoted).collect();
    cells.join(",") + "\r\n"
}
