//! Entries in the formats of other systems.

mod golden;
mod hostile;
mod parse;

use audit_runtime::{
    Entry, audit_log,
    feed::{CloudEvents, Csv, JsonLines, Ocsf, Syslog},
};
use jsonschema::Validator;
use serde_json::{Value as Json, json};
use uuid::{Uuid, uuid};

const LOG: Uuid = uuid!("019aafe2-0c5b-7c6f-8f3e-0123456789ab");

fn json_lines() -> JsonLines {
    JsonLines::new(LOG)
}

fn csv() -> Csv {
    Csv::new(LOG)
}

fn ocsf() -> Ocsf {
    Ocsf::new(LOG, "shop", "Example Inc.")
}

fn cloud_events() -> CloudEvents {
    CloudEvents::new(LOG, "com.example")
}

fn syslog() -> Syslog {
    Syslog::new(LOG).host("shop-1.example.com").process("4711")
}

fn validator(schema: &str) -> Validator {
    let schema: Json = serde_json::from_str(schema).unwrap();
    jsonschema::draft202012::options()
        .should_validate_formats(true)
        .build(&schema)
        .unwrap()
}

fn check(validator: &Validator, json: &Json) {
    let errors: Vec<_> = validator.iter_errors(json).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:#?} in {json:#}");
}

/// An update as the log has it, with everything that an entry can have.
fn row() -> audit_log::Model {
    let text = |text: &str| Some(text.to_owned());
    audit_log::Model {
        id: 42,
        kind: 1,
        format: 1,
        changeset_id: uuid!("019aafe2-0c5b-7c6f-8f3e-00000000000a"),
        tenant: text("acme"),
        service: text("shop"),
        entity_type: text("User"),
        entity_id: text("7"),
        entity_label: text("john.smith"),
        action: "UPDATE".to_owned(),
        outcome: "SUCCESS".to_owned(),
        actor_kind: "Admin".to_owned(),
        actor_id: "1".to_owned(),
        actor_name: text("jane.doe"),
        on_behalf_of: text("User:9"),
        timestamp: "2026-11-23T09:19:08.123456Z".parse().unwrap(),
        recorded_at: "2026-11-23T09:19:08.123999Z".parse().unwrap(),
        ip: text("203.0.113.9"),
        user_agent: text("curl/8"),
        session_id: text("s-1"),
        request_id: text("r-1"),
        trace_id: text("4bf92f3577b34da6a3ce929d0e0e4736"),
        reason: text("ticket 4711"),
        reverts: None,
        changes: Some(json!({
            "phone": { "before_is": "redacted", "after": null },
            "role": { "before": "user", "after": "admin" },
        })),
        metadata: Some(json!({ "attempts": 3 })),
    }
}

/// An event with nothing but what it must have.
fn bare(action: &str, outcome: &str) -> audit_log::Model {
    audit_log::Model {
        kind: 2,
        tenant: None,
        service: None,
        entity_type: None,
        entity_id: None,
        entity_label: None,
        action: action.to_owned(),
        outcome: outcome.to_owned(),
        actor_kind: "System".to_owned(),
        actor_id: "retention".to_owned(),
        actor_name: None,
        on_behalf_of: None,
        ip: None,
        user_agent: None,
        session_id: None,
        request_id: None,
        trace_id: None,
        reason: None,
        changes: None,
        metadata: None,
        ..row()
    }
}

/// One of each kind.
fn entries() -> Vec<Entry> {
    let rows = [
        row(),
        audit_log::Model {
            id: 43,
            action: "CREATE".to_owned(),
            changes: Some(
                json!({ "role": { "after": "user" }, "phone": { "after_is": "redacted" } }),
            ),
            trace_id: Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned()),
            ..row()
        },
        audit_log::Model {
            id: 44,
            action: "DELETE".to_owned(),
            changes: Some(
                json!({ "role": { "before": "user" }, "note": { "before": null, "before_is": "json_null" } }),
            ),
            actor_kind: "Robot".to_owned(),
            reverts: Some(43),
            ..row()
        },
        audit_log::Model {
            id: 45,
            kind: 2,
            action: "LOGIN_FAILURE".to_owned(),
            outcome: "DENIED".to_owned(),
            actor_kind: "Anonymous".to_owned(),
            actor_id: "anonymous".to_owned(),
            actor_name: None,
            changes: None,
            ..row()
        },
        audit_log::Model {
            id: 46,
            actor_kind: "User".to_owned(),
            actor_id: "jane@example.com".to_owned(),
            ..bare("IMPORT", "FAILURE")
        },
        audit_log::Model {
            id: 47,
            ..bare("PURGE", "SUCCESS")
        },
    ];
    rows.into_iter().map(Entry::from).collect()
}
