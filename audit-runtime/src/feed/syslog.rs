//! Syslog messages (RFC 5424).

use std::fmt::Write;

use sea_orm::prelude::Uuid;

use super::Format;
use crate::{
    Entry, Outcome,
    export::{escaped, rfc3339},
    text::name,
};

/// RFC 5424 messages of the facility `log audit`, one per line. The structured data contains actor, action and record;
/// the message is the sentence.
///
/// The transport is left to `logger`, rsyslog, Vector or another program.
#[derive(Clone, Debug)]
pub struct Syslog {
    log: Uuid,
    host: String,
    process: String,
    enterprise: u32,
    is_full: bool,
}

impl Syslog {
    /// Creates the format for entries of this log.
    pub fn new(log: Uuid) -> Self {
        Self {
            log,
            host: String::new(),
            process: String::new(),
            enterprise: 32473,
            is_full: false,
        }
    }

    /// Sets the name of the machine; by default `-`.
    #[must_use]
    pub fn host(mut self, host: impl Into<String>) -> Self {
        self.host = host.into();
        self
    }

    /// Sets the process; by default `-`.
    #[must_use]
    pub fn process(mut self, process: impl Into<String>) -> Self {
        self.process = process.into();
        self
    }

    /// Sets the operator's private enterprise number. The default, 32473, is reserved for examples (RFC 5612).
    #[must_use]
    pub fn enterprise(mut self, number: u32) -> Self {
        self.enterprise = number;
        self
    }

    /// Adds the changes, as JSON, to the sentence.
    #[must_use]
    pub fn full(mut self) -> Self {
        self.is_full = true;
        self
    }
}

impl Format for Syslog {
    fn line(&self, entry: &Entry) -> String {
        let priority = match entry.outcome {
            Outcome::Success | Outcome::Unknown => 110,
            Outcome::Denied | Outcome::Failure => 108,
        };
        let time = rfc3339(entry.timestamp);
        let mut line = format!(
            "<{priority}>1 {} {} {} {} {} [audit@{}",
            time.as_deref().unwrap_or("-"),
            word(&self.host, 255),
            word(entry.service.as_deref().unwrap_or_default(), 48),
            word(&self.process, 128),
            word(&entry.action, 32),
            self.enterprise,
        );
        let text = |text: &Option<String>| text.clone();
        for (parameter, value) in [
            ("log", Some(self.log.to_string())),
            ("id", Some(entry.id.to_string())),
            ("entity_type", text(&entry.entity_type)),
            ("entity_id", text(&entry.entity_id)),
            ("outcome", Some(entry.outcome.as_str().to_owned())),
            ("actor_kind", Some(entry.actor.kind.clone())),
            ("actor_id", Some(entry.actor.id.clone())),
            ("ip", entry.source.ip.map(|ip| ip.to_string())),
            ("request_id", text(&entry.source.request_id)),
            ("trace_id", text(&entry.source.trace_id)),
            ("changeset", Some(entry.changeset_id.to_string())),
        ] {
            if let Some(value) = value {
                let _ = write!(line, " {parameter}=\"{}\"", parameter_value(&value));
            }
        }
        let _ = write!(line, "] \u{feff}{entry}");
        if self.is_full {
            let _ = write!(line, " {}", escaped(&entry.changes));
        }
        line.push('\n');
        line
    }

    fn media_type(&self) -> &'static str {
        "text/plain"
    }
}

/// A field of the header: printable ASCII, or `-` if empty.
fn word(text: &str, limit: usize) -> String {
    let printable = |char: char| if char.is_ascii_graphic() { char } else { '_' };
    let word: String = text.chars().map(printable).take(limit).collect();
    if word.is_empty() {
        "-".to_owned()
    } else {
        word
    }
}

/// A value of structured data. Control characters would end the line, so they are escaped as in names.
fn parameter_value(text: &str) -> String {
    let mut value = String::new();
    for char in name(text, usize::MAX).chars() {
        if matches!(char, '"' | '\\' | ']') {
            value.push('\\');
        }
        value.push(char);
    }
    value
}
