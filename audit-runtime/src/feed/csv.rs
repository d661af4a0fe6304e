//! CSV for spreadsheets.

use csv::{Terminator, WriterBuilder};
use sea_orm::prelude::Uuid;

use super::{Format, json::escaped, rfc3339};
use crate::{Entry, Kind};

/// CSV (RFC 4180) with a header. `changes` and `metadata` are JSON. An absent value is an empty cell.
///
/// A spreadsheet treats a cell as a formula if it begins with `=`, `+`, `-`, `@`, a tab or a carriage return. Such a
/// cell gets a leading `'`.
#[derive(Clone, Debug)]
pub struct Csv {
    log: Uuid,
    is_raw: bool,
}

const COLUMNS: [&str; 26] = [
    "log",
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

impl Csv {
    /// Creates the format for entries of this log.
    pub fn new(log: Uuid) -> Self {
        Self { log, is_raw: false }
    }

    /// Writes values unchanged, also those that a spreadsheet treats as a formula.
    #[must_use]
    pub fn raw(self) -> Self {
        Self {
            is_raw: true,
            ..self
        }
    }

    fn cell(&self, mut text: String) -> String {
        if !self.is_raw && text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
            text.insert(0, '\'');
        }
        text
    }
}

impl Format for Csv {
    fn header(&self) -> Option<String> {
        Some(record(COLUMNS.map(str::to_owned)))
    }

    fn line(&self, entry: &Entry) -> String {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let kind = match entry.kind {
            Kind::Change => "change",
            Kind::Event => "event",
            Kind::Unknown => "unknown",
        };
        let Entry { actor, source, .. } = entry;
        let cells = [
            self.log.to_string(),
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
        ];
        record(cells.map(|cell| self.cell(cell)))
    }

    fn media_type(&self) -> &'static str {
        "text/csv"
    }
}

fn record<const N: usize>(cells: [String; N]) -> String {
    let mut writer = WriterBuilder::new()
        .terminator(Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(&cells).expect("memory takes it all");
    let bytes = writer.into_inner().expect("memory takes it all");
    String::from_utf8(bytes).expect("cells and what stands between them are UTF-8")
}
