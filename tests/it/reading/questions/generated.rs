//! Generated contexts, rows, writes and conditions.

use std::net::IpAddr;

use audit_runtime::{Entry, prelude::*};
use chrono::{DateTime, Utc};
use proptest::{prelude::*, sample::select};
use sea_orm::{ModelTrait, Value};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::thing;

/// Texts that some database treats as equal.
const TEXTS: [&str; 16] = [
    "7",
    "07",
    "7.0",
    "7 ",
    " 7",
    "a",
    "A",
    "ä",
    "Ä",
    "a\u{308}",
    "",
    " ",
    "null",
    "🦀",
    "\"'\\\n\u{1}%_",
    "a\0b",
];

fn jsons() -> Vec<Json> {
    vec![
        json!(7),
        json!(7.0),
        json!("7"),
        json!(null),
        json!([7]),
        json!([7, 8]),
        json!({ "a": 7 }),
        json!({ "a": 7, "b": [1, "x"] }),
        json!({ "b": [1, "x"], "a": 7.0 }),
        json!("a\0b"),
        json!(true),
        json!(1.5e300),
    ]
}

/// A condition that both the library and the test apply.
#[derive(Clone, Debug)]
pub(super) enum Condition {
    Type,
    Row(i32),
    Actor(Actor),
    OnBehalfOf(Actor),
    Action(&'static str),
    Outcome(Outcome),
    Since(DateTime<Utc>),
    Until(DateTime<Utc>),
    Changeset(Uuid),
    Request(String),
    Session(String),
    Ip(IpAddr),
    Tenant(String),
    Changed(thing::Column, Option<Value>, Option<Value>),
}

pub(super) fn texts() -> impl Strategy<Value = String> {
    let long = "x".repeat(400);
    let mut texts = TEXTS.map(String::from).to_vec();
    texts.extend([long.clone(), long + "y"]);
    select(texts)
}

fn actors() -> impl Strategy<Value = Actor> {
    let kinds = select(vec!["Admin", "admin", "Admin:7", "Admin\\"]);
    // An empty id is refused.
    let ids = texts().prop_filter("an actor has an id", |id| !id.trim().is_empty());
    (kinds, ids).prop_map(|(kind, id)| Actor::new(kind, id))
}

fn contexts() -> impl Strategy<Value = AuditContext> {
    let ips = select(ips());
    let maybe = || prop::option::of(texts());
    (
        actors(),
        prop::option::of(actors()),
        maybe(),
        maybe(),
        maybe(),
        prop::option::of(ips),
    )
        .prop_map(|(actor, on_behalf_of, request, session, tenant, ip)| {
            let mut context = AuditContext::new(actor);
            if let Some(actor) = on_behalf_of {
                context = context.on_behalf_of(actor);
            }
            if let Some(id) = request {
                context = context.request_id(id);
            }
            if let Some(id) = session {
                context = context.session_id(id);
            }
            if let Some(tenant) = tenant {
                context = context.tenant(tenant);
            }
            if let Some(ip) = ip {
                context = context.ip(ip);
            }
            context
        })
}

fn ips() -> Vec<IpAddr> {
    ["203.0.113.9", "::ffff:203.0.113.9", "2001:db8::1", "::1"]
        .map(|ip| ip.parse().unwrap())
        .to_vec()
}

pub(super) fn things(id: i32) -> impl Strategy<Value = thing::Model> {
    (
        prop::option::of(texts()),
        select(vec![7, -7, 0, 1 << 53, i64::MAX, i64::MIN]),
        select(vec!["7", "7.0", "0.1", "-0.1", "1234567890123.4567"]),
        select(vec![7.0, 0.1, -0.5, 1e17, 1e300]),
        any::<bool>(),
        prop::option::of(select(jsons())),
        prop::option::of(texts()),
    )
        .prop_map(
            move |(text, number, amount, ratio, flag, data, hidden)| thing::Model {
                id,
                text,
                number,
                amount: amount.parse().unwrap(),
                ratio,
                flag,
                data,
                hidden,
            },
        )
}

#[derive(Clone, Debug)]
pub(super) enum Work {
    Write(AuditContext, thing::Model),
    Delete(AuditContext, i32),
    Record(AuditContext, &'static str, Outcome, Option<i32>),
}

pub(super) fn works() -> impl Strategy<Value = Work> {
    let id = || 1..4_i32;
    let outcome = || select(vec![Outcome::Success, Outcome::Denied, Outcome::Failure]);
    let action = || select(vec!["LOGIN", "LOGIN_FAILURE"]);
    prop_oneof![
        6 => (contexts(), id().prop_flat_map(things)).prop_map(|(context, row)| Work::Write(context, row)),
        1 => (contexts(), id()).prop_map(|(context, id)| Work::Delete(context, id)),
        2 => (contexts(), action(), outcome(), prop::option::of(id()))
            .prop_map(|(context, action, outcome, about)| Work::Record(context, action, outcome, about)),
    ]
}

/// A condition that some of the entries meet.
pub(super) fn conditions(entries: &[Entry]) -> BoxedStrategy<Condition> {
    use thing::Column::*;

    let times: Vec<_> = entries.iter().map(|entry| entry.timestamp).collect();
    let changesets: Vec<_> = entries.iter().map(|entry| entry.changeset_id).collect();
    let row = things(1);
    let sides = (
        row,
        any::<bool>(),
        any::<bool>(),
        select(vec![Text, Number, Amount, Ratio, Flag, Data, Hidden]),
    );
    let changed = (sides, things(1)).prop_map(|((before, from, to, column), after)| {
        Condition::Changed(
            column,
            from.then(|| before.get(column)),
            to.then(|| after.get(column)),
        )
    });
    prop_oneof![
        1 => Just(Condition::Type),
        1 => (1..5_i32).prop_map(Condition::Row),
        1 => actors().prop_map(Condition::Actor),
        1 => actors().prop_map(Condition::OnBehalfOf),
        1 => select(vec!["CREATE", "UPDATE", "DELETE", "LOGIN", "login", "NONE"]).prop_map(Condition::Action),
        1 => select(vec![Outcome::Success, Outcome::Denied, Outcome::Failure]).prop_map(Condition::Outcome),
        1 => select(times.clone()).prop_map(Condition::Since),
        1 => select(times).prop_map(Condition::Until),
        1 => select(changesets).prop_map(Condition::Changeset),
        1 => texts().prop_map(Condition::Request),
        1 => texts().prop_map(Condition::Session),
        1 => select(ips()).prop_map(Condition::Ip),
        1 => texts().prop_map(Condition::Tenant),
        3 => changed,
    ]
    .boxed()
}
