//! Feeds, formats and sinks.

mod delivery;
mod golden;
mod hostile;
mod killed;
mod lease;
pub mod parse;
mod purges;
mod races;
mod registration;
mod sinks;
mod support;

use audit_runtime::{
    Entry, audit_log,
    feed::{CloudEvents, Csv, JsonLines, Ocsf, Syslog},
};
use jsonschema::Validator;
use sea_orm::Set;
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

/// An update in which every field of an entry is set.
fn row() -> audit_log::Model {
    let text = |text: &str| Some(text.to_owned());
    let row = audit_log::ActiveModel {
        id: Set(42),
        kind: Set(1),
        format: Set(1),
        changeset_id: Set(uuid!("019aafe2-0c5b-7c6f-8f3e-00000000000a")),
        tenant: Set(text("acme")),
        service: Set(text("shop")),
        entity_type: Set(text("User")),
        entity_id: Set(text("7")),
        entity_label: Set(text("john.smith")),
        action: Set("UPDATE".to_owned()),
        outcome: Set("SUCCESS".to_owned()),
        actor_kind: Set("Admin".to_owned()),
        actor_id: Set("1".to_owned()),
        actor_name: Set(text("jane.doe")),
        on_behalf_of: Set(text("User:9")),
        timestamp: Set("2026-11-23T09:19:08.123456Z".parse().unwrap()),
        recorded_at: Set("2026-11-23T09:19:08.123999Z".parse().unwrap()),
        ip: Set(text("203.0.113.9")),
        user_agent: Set(text("curl/8")),
        session_id: Set(text("s-1")),
        request_id: Set(text("r-1")),
        trace_id: Set(text("4bf92f3577b34da6a3ce929d0e0e4736")),
        reason: Set(text("ticket 4711")),
        reverts: Set(None),
        changes: Set(Some(json!({
            "phone": { "before_is": "redacted", "after": null },
            "role": { "before": "user", "after": "admin" },
        }))),
        metadata: Set(Some(json!({ "attempts": 3 }))),
    };
    audit_log::Model::try_from(row).unwrap()
}

/// The row with some columns changed.
fn edited(mut row: audit_log::Model, edit: impl FnOnce(&mut audit_log::Model)) -> audit_log::Model {
    edit(&mut row);
    row
}

/// An event with only the required fields.
fn bare(action: &str, outcome: &str) -> audit_log::Model {
    edited(row(), |row| {
        row.kind = 2;
        row.tenant = None;
        row.service = None;
        row.entity_type = None;
        row.entity_id = None;
        row.entity_label = None;
        row.action = action.to_owned();
        row.outcome = outcome.to_owned();
        row.actor_kind = "System".to_owned();
        row.actor_id = "retention".to_owned();
        row.actor_name = None;
        row.on_behalf_of = None;
        row.ip = None;
        row.user_agent = None;
        row.session_id = None;
        row.request_id = None;
        row.trace_id = None;
        row.reason = None;
        row.changes = None;
        row.metadata = None;
    })
}

/// One entry of each kind.
fn entries() -> Vec<Entry> {
    let rows = [
        row(),
        edited(row(), |row| {
            row.id = 43;
            row.action = "CREATE".to_owned();
            row.changes =
                Some(json!({ "role": { "after": "user" }, "phone": { "after_is": "redacted" } }));
            row.trace_id =
                Some("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned());
        }),
        edited(row(), |row| {
            row.id = 44;
            row.action = "DELETE".to_owned();
            row.changes = Some(
                json!({ "role": { "before": "user" }, "note": { "before": null, "before_is": "json_null" } }),
            );
            row.actor_kind = "Robot".to_owned();
            row.reverts = Some(43);
        }),
        edited(row(), |row| {
            row.id = 45;
            row.kind = 2;
            row.action = "LOGIN_FAILURE".to_owned();
            row.outcome = "DENIED".to_owned();
            row.actor_kind = "Anonymous".to_owned();
            row.actor_id = "anonymous".to_owned();
            row.actor_name = None;
            row.changes = None;
        }),
        edited(bare("IMPORT", "FAILURE"), |row| {
            row.id = 46;
            row.actor_kind = "User".to_owned();
            row.actor_id = "jane@example.com".to_owned();
        }),
        edited(bare("PURGE", "SUCCESS"), |row| {
            row.id = 47;
        }),
    ];
    rows.into_iter().map(Entry::from).collect()
}
