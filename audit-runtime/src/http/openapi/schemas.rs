//! The JSON schemas of the responses: JSON Schema 2020-12, as in OpenAPI 3.1.

use serde_json::{Value as Json, json};

use crate::Outcome;

pub(super) fn reference(name: &str) -> Json {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

pub(super) fn outcome() -> Json {
    json!({ "type": "string", "enum": Outcome::STORED.map(Outcome::as_str) })
}

pub(super) fn all() -> Json {
    json!({
        "Page": page(),
        "Entry": entry(),
        "Change": change(),
        "Problem": problem(),
    })
}

fn page() -> Json {
    json!({
        "type": "object",
        "required": ["entries", "next"],
        "additionalProperties": false,
        "properties": {
            "entries": { "type": "array", "maxItems": 200, "items": reference("Entry") },
            "next": {
                "type": ["string", "null"],
                "description": "the `after` of the next page; null if this was the last",
            },
            "ended_early": {
                "const": true,
                "description": "present if the page ended at a limit of its budget; `next` continues",
            },
        },
    })
}

fn entry() -> Json {
    let outcomes = Outcome::STORED.into_iter().chain([Outcome::Unknown]);
    let outcomes: Vec<_> = outcomes.map(Outcome::as_str).collect();
    let text = json!({ "type": ["string", "null"] });
    let time = json!({ "type": "string", "format": "date-time" });
    let properties = json!({
        "id": { "type": "integer", "description": "for one row, the order of its entries" },
        "kind": { "type": "string", "enum": ["change", "event", "unknown"] },
        "changeset_id": { "type": "string", "format": "uuid" },
        "tenant": text,
        "service": text,
        "entity_type": text,
        "entity_id": text,
        "entity_key": { "type": "object", "description": "the fields of a composite key, by name" },
        "entity_label": text,
        "action": { "type": "string", "description": "CREATE, UPDATE, DELETE, or an event's name" },
        "outcome": { "type": "string", "enum": outcomes },
        "actor": {
            "type": "object",
            "required": ["id", "kind", "name"],
            "additionalProperties": false,
            "properties": {
                "kind": { "type": "string" },
                "id": { "type": "string" },
                "name": text,
                "role": { "type": "string", "description": "the actor's role, which is not part of the identity" },
            },
        },
        "on_behalf_of": text,
        "timestamp": time,
        "recorded_at": time,
        "source": object(&json!({
            "ip": text,
            "user_agent": text,
            "session_id": text,
            "request_id": text,
            "trace_id": text,
        })),
        "reason": text,
        "reverts": { "type": ["integer", "null"] },
        "before": values("before"),
        "after": values("after"),
        "diff": { "type": "array", "items": reference("Change") },
        "metadata": { "description": "the application's own" },
    });
    let mut entry = object(&properties);
    // Only for a row with a composite key.
    if let Some(required) = entry["required"].as_array_mut() {
        required.retain(|name| name != "entity_key");
    }
    entry
}

/// An object with all of these properties, and no others.
fn object(properties: &Json) -> Json {
    let required: Vec<_> = properties.as_object().into_iter().flatten().collect();
    let required: Vec<_> = required.into_iter().map(|(name, _)| name).collect();
    json!({
        "type": "object",
        "required": required,
        "additionalProperties": false,
        "properties": properties,
    })
}

fn values(side: &str) -> Json {
    let description = format!("the values of the changed fields {side}, without redacted ones");
    json!({ "type": "object", "description": description })
}

fn change() -> Json {
    let form = json!({
        "type": "string",
        "examples": ["redacted", "erased", "json_null", "base64"],
        "description": "the form of a value that plain JSON cannot express; a form that this version does not know is shown without the value",
    });
    json!({
        "type": "object",
        "required": ["field"],
        "additionalProperties": false,
        "properties": {
            "field": { "type": "string" },
            "before": {},
            "before_is": form,
            "after": {},
            "after_is": form,
        },
    })
}

fn problem() -> Json {
    json!({
        "type": "object",
        "description": "RFC 9457",
        "required": ["type", "title", "status"],
        "properties": {
            "type": { "type": "string", "format": "uri-reference" },
            "title": { "type": "string" },
            "status": { "type": "integer" },
            "detail": { "type": "string" },
            "unserved": {
                "type": "array",
                "items": { "type": "string" },
                "description": "the parameters that no index serves without `since`",
            },
        },
    })
}
