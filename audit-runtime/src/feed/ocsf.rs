//! Events of the Open Cybersecurity Schema Framework.

use std::collections::HashMap;

use sea_orm::prelude::Uuid;
use serde_json::{Map, Value as Json, json};

use super::Format;
use crate::{
    Actor, Entry, Kind, Outcome,
    encode::Encoded,
    export::{escaped, rfc3339},
};

/// OCSF 1.8.0, one event per line.
///
/// | an entry | is |
/// |---|---|
/// | about a record | Entity Management, 3004 |
/// | `PURGE`, `EXPORT`, `ARCHIVE` | Event Log Activity, 1008 |
/// | any other event without an entity | Base Event, 0 |
///
/// Values without a field in the class are in `unmapped`.
#[derive(Clone, Debug)]
pub struct Ocsf {
    log: Uuid,
    product: String,
    vendor: String,
    version: String,
    severities: HashMap<String, u8>,
}

impl Ocsf {
    /// Creates the format for entries of this log, written by this product of this vendor. The service of an entry, if
    /// it has one, replaces the product.
    pub fn new(log: Uuid, product: impl Into<String>, vendor: impl Into<String>) -> Self {
        Self {
            log,
            product: product.into(),
            vendor: vendor.into(),
            version: "1.8.0".to_owned(),
            severities: HashMap::new(),
        }
    }

    /// Sets another version of the schema. The fields stay those of 1.8.0.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.version = version.into();
        self
    }

    /// Sets the `severity_id` of an action, from 1 (informational) to 6 (fatal).
    ///
    /// By default a success is informational (1), and a denied or failed action is medium (3).
    #[must_use]
    pub fn severity(mut self, action: impl Into<String>, severity_id: u8) -> Self {
        self.severities.insert(action.into(), severity_id);
        self
    }

    fn metadata(&self, entry: &Entry) -> Json {
        let name = entry.service.as_ref().unwrap_or(&self.product);
        let mut metadata = object(json!({
            "version": self.version,
            "product": { "name": name, "vendor_name": self.vendor },
            "profiles": ["datetime"],
            "uid": format!("{}/{}", self.log, entry.id),
            "sequence": entry.id,
            "original_event_uid": entry.id.to_string(),
            "logged_time": entry.recorded_at.timestamp_millis(),
            "correlation_uid": entry.changeset_id,
            "log_name": self.log,
        }));
        set(&mut metadata, "logged_time_dt", rfc3339(entry.recorded_at));
        set(&mut metadata, "tenant_uid", entry.tenant.as_ref());
        metadata.into()
    }

    fn unmapped(&self, entry: &Entry) -> Map<String, Json> {
        let diff = entry.diff();
        let redacted = entry.changes.iter().filter(|(_, change)| {
            let values = [&change.before, &change.after];
            values.contains(&&Some(Encoded::Redacted))
        });
        let redacted: Vec<_> = redacted.map(|(field, _)| field).collect();
        let mut unmapped = Map::new();
        set(&mut unmapped, "on_behalf_of", entry.on_behalf_of.as_ref());
        set(&mut unmapped, "trace_id", entry.source.trace_id.as_ref());
        set(&mut unmapped, "reverts", entry.reverts);
        set(&mut unmapped, "metadata", entry.metadata.as_ref());
        set(
            &mut unmapped,
            "diff",
            (!entry.changes.is_empty()).then_some(diff),
        );
        set(
            &mut unmapped,
            "redacted",
            (!redacted.is_empty()).then_some(redacted),
        );
        unmapped
    }
}

impl Format for Ocsf {
    fn line(&self, entry: &Entry) -> String {
        let class = Class::of(entry);
        let (activity, activity_name) = activity(class, entry);
        let (category, uid) = class.uid();
        let usual = match entry.outcome {
            Outcome::Denied | Outcome::Failure => 3,
            Outcome::Success | Outcome::Unknown => 1,
        };
        let (status, caption, detail) = match entry.outcome {
            Outcome::Success => (1, "Success", None),
            Outcome::Denied => (2, "Failure", Some("denied")),
            Outcome::Failure => (2, "Failure", Some("failed")),
            Outcome::Unknown => (0, "Unknown", None),
        };
        let mut event = object(json!({
            "class_uid": uid,
            "category_uid": category,
            "activity_id": activity,
            "type_uid": uid * 100 + activity,
            "time": entry.timestamp.timestamp_millis(),
            "severity_id": self.severities.get(&entry.action).copied().unwrap_or(usual),
            "status_id": status,
            "status": caption,
            "metadata": self.metadata(entry),
            "message": entry.to_string(),
        }));
        set(&mut event, "time_dt", rfc3339(entry.timestamp));
        set(&mut event, "activity_name", activity_name);
        set(&mut event, "status_detail", detail);

        let mut unmapped = self.unmapped(entry);
        // The Base Event has no fields for actor and source.
        let who = if class == Class::Base {
            &mut unmapped
        } else {
            &mut event
        };
        who.insert("actor".to_owned(), actor(entry));
        let endpoint = entry.source.ip.map(|ip| json!({ "ip": ip }));
        set(who, "src_endpoint", endpoint);
        let request = if class == Class::Entity {
            &mut event
        } else {
            &mut unmapped
        };
        set(request, "http_request", http_request(entry));
        set(request, "comment", entry.reason.as_ref());
        match class {
            Class::Entity => entities(&mut event, entry),
            Class::Log => set(&mut event, "log_name", Some("audit_log")),
            Class::Base => {}
        }
        if !unmapped.is_empty() {
            event.insert("unmapped".to_owned(), unmapped.into());
        }
        let mut line = escaped(&Json::Object(event));
        line.push('\n');
        line
    }

    fn media_type(&self) -> &'static str {
        "application/json"
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Entity,
    Log,
    Base,
}

impl Class {
    fn of(entry: &Entry) -> Self {
        let is_event = entry.kind != Kind::Change;
        match &*entry.action {
            "PURGE" | "EXPORT" | "ARCHIVE" if is_event => Self::Log,
            _ if entry.entity_type.is_some() => Self::Entity,
            _ => Self::Base,
        }
    }

    /// Category and class.
    fn uid(self) -> (u32, u32) {
        match self {
            Self::Entity => (3, 3004),
            Self::Log => (1, 1008),
            Self::Base => (0, 0),
        }
    }
}

/// The activity, and its name if the class does not define it.
fn activity(class: Class, entry: &Entry) -> (u32, Option<&str>) {
    let is_change = entry.kind == Kind::Change;
    match (class, &*entry.action) {
        (Class::Entity, "CREATE") if is_change => (1, None),
        (Class::Entity, "UPDATE") if is_change => (3, None),
        (Class::Entity, "DELETE") if is_change => (4, None),
        (Class::Log, "PURGE") => (2, None),
        (Class::Log, "EXPORT") => (3, None),
        (Class::Log, "ARCHIVE") => (4, None),
        (_, action) => (99, Some(action)),
    }
}

fn actor(entry: &Entry) -> Json {
    let actor = &entry.actor;
    let (type_id, caption) = match actor.kind() {
        _ if *actor == Actor::anonymous() => (0, "Unknown"),
        kind @ "User" => (1, kind),
        kind @ "Admin" => (2, kind),
        kind @ "System" => (3, kind),
        kind @ "Service" => (4, kind),
        kind => (99, kind),
    };
    let mut user = object(json!({ "type_id": type_id, "type": caption }));
    if type_id == 0 {
        set(&mut user, "name", Some("Anonymous"));
    } else {
        set(&mut user, "uid", Some(actor.id()));
        set(&mut user, "name", actor.name());
    }
    let mut who = object(json!({ "user": user }));
    let session = entry.source.session_id.as_ref();
    set(&mut who, "session", session.map(|id| json!({ "uid": id })));
    set(&mut who, "app_name", entry.service.as_ref());
    who.into()
}

fn http_request(entry: &Entry) -> Option<Json> {
    let mut request = Map::new();
    set(&mut request, "uid", entry.source.request_id.as_ref());
    set(&mut request, "user_agent", entry.source.user_agent.as_ref());
    (!request.is_empty()).then(|| request.into())
}

/// The record before, and after unless it was deleted.
fn entities(event: &mut Map<String, Json>, entry: &Entry) {
    let entity = |data: Json| {
        let mut entity = object(json!({
            "uid": entry.entity_id,
            "type": entry.entity_type,
            "type_id": 99,
        }));
        set(&mut entity, "name", entry.entity_label.as_ref());
        let is_known = data.as_object().is_some_and(|data| !data.is_empty());
        set(&mut entity, "data", is_known.then_some(data));
        entity
    };
    set(event, "entity", Some(entity(entry.before())));
    if entry.kind == Kind::Change && entry.action != "DELETE" {
        set(event, "entity_result", Some(entity(entry.after())));
    }
}

fn object(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(object) => object,
        _ => Map::new(),
    }
}

fn set(object: &mut Map<String, Json>, name: &str, value: Option<impl serde::Serialize>) {
    if let Some(value) = value {
        object.insert(name.to_owned(), json!(value));
    }
}
