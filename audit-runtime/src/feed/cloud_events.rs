//! CloudEvents 1.0 in the JSON format.

use std::fmt::Write;

use sea_orm::prelude::Uuid;
use serde_json::{Map, Value as Json, json};

use super::{Format, JsonLines, json::ENTRY_SCHEMA_URI};
use crate::{
    Actor, Entry,
    export::{escaped, rfc3339},
};

/// CloudEvents 1.0, one event per line. The data is the line of [`JsonLines`].
///
/// `source` and `id` identify an event, and `sequence` is its order. `partitionkey` lets a broker keep the events of
/// one record in order. Several events between `[` and `]`, separated by commas, are the batch format
/// `application/cloudevents-batch+json`.
#[derive(Clone, Debug)]
pub struct CloudEvents {
    data: JsonLines,
    source: String,
    prefix: String,
}

impl CloudEvents {
    /// Creates the format for entries of this log. The types of events begin with the operator's domain in reverse:
    /// `com.example`.
    pub fn new(log: Uuid, reverse_domain: impl Into<String>) -> Self {
        Self {
            data: JsonLines::new(log),
            source: format!("urn:uuid:{log}"),
            prefix: reverse_domain.into(),
        }
    }

    /// Sets the URI that `source` begins with, before the log's id: `https://shop.example/audit/`.
    #[must_use]
    pub fn source(mut self, uri: impl Into<String>) -> Self {
        self.source = format!("{}{}", uri.into(), self.data.log());
        self
    }

    fn kind(&self, entry: &Entry) -> String {
        let entity_type = entry.entity_type.as_deref().unwrap_or("event");
        format!(
            "{}.audit.{}.{}.v1",
            self.prefix,
            segment_of_type(entity_type),
            segment_of_type(&entry.action)
        )
    }
}

impl Format for CloudEvents {
    fn line(&self, entry: &Entry) -> String {
        let mut event = Map::new();
        let mut set = |attribute: &str, value: Option<String>| {
            if let Some(value) = value {
                event.insert(attribute.to_owned(), value.into());
            }
        };
        let subject = subject(entry);
        let traceparent = entry.source.trace_id.as_deref();
        set("specversion", Some("1.0".to_owned()));
        set("id", Some(entry.id.to_string()));
        set("source", Some(self.source.clone()));
        set("type", Some(self.kind(entry)));
        set("partitionkey", subject.clone());
        set("subject", subject);
        set("time", rfc3339(entry.timestamp));
        set("recordedtime", rfc3339(entry.recorded_at));
        set("datacontenttype", Some("application/json".to_owned()));
        set("dataschema", Some(ENTRY_SCHEMA_URI.to_owned()));
        // Padded, because it is compared as text.
        set("sequence", Some(format!("{:020}", entry.id)));
        set("authtype", Some(auth_type(&entry.actor).to_owned()));
        set("authid", auth_id(&entry.actor));
        set("correlationid", Some(entry.changeset_id.to_string()));
        set("causationid", entry.reverts.map(|id| id.to_string()));
        set(
            "traceparent",
            traceparent
                .filter(|id| is_traceparent(id))
                .map(String::from),
        );
        event.insert("data".to_owned(), json!(self.data.value(entry)));
        let mut line = escaped(&Json::Object(event));
        line.push('\n');
        line
    }

    fn media_type(&self) -> &'static str {
        "application/cloudevents+json"
    }
}

/// `User/7`, percent-encoded.
fn subject(entry: &Entry) -> Option<String> {
    let entity_type = entry.entity_type.as_deref()?;
    let entity_id = entry.entity_id.as_deref().unwrap_or_default();
    Some(format!("{}/{}", encoded(entity_type), encoded(entity_id)))
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(byte.into());
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
        encoded
    })
}

fn segment_of_type(text: &str) -> String {
    let plain = |char: char| match char.to_ascii_lowercase() {
        char if char.is_ascii_alphanumeric() => char,
        _ => '_',
    };
    text.chars().map(plain).collect()
}

fn auth_type(actor: &Actor) -> &'static str {
    match actor.kind() {
        _ if *actor == Actor::anonymous() => "unauthenticated",
        "User" | "Admin" => "app_user",
        "Service" => "service_account",
        "System" => "system",
        _ => "unknown",
    }
}

/// The extension must not identify a person, for example by a mail address, and must not contain control characters.
fn auth_id(actor: &Actor) -> Option<String> {
    let id = actor.id();
    let is_allowed = |char: char| !char.is_control() && char != '@' && !is_noncharacter(char);
    let is_told = *actor != Actor::anonymous() && !id.is_empty() && id.chars().all(is_allowed);
    is_told.then(|| id.to_owned())
}

fn is_noncharacter(char: char) -> bool {
    let code = u32::from(char);
    code & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&code)
}

/// Whether this is a complete header of W3C Trace Context, not only the trace's id.
fn is_traceparent(text: &str) -> bool {
    let parts: Vec<_> = text.split('-').collect();
    let is_hex = |part: &str, length| {
        let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
        part.len() == length && part.bytes().all(is_digit)
    };
    match parts[..] {
        ["00", trace, parent, flags] => {
            is_hex(trace, 32)
                && is_hex(parent, 16)
                && is_hex(flags, 2)
                && trace.contains(|char| char != '0')
                && parent.contains(|char| char != '0')
        }
        _ => false,
    }
}
