//! A filter over all entries: the expected answers.

use std::collections::BTreeSet;

use audit_runtime::{Entry, Kind};

use sea_orm::Value;
use serde_json::Value as Json;

use super::{Condition, thing};
use crate::types::plain_numbers;

/// Of repeated conditions the last counts. Of rows the first counts, and of changes all.
pub(super) fn meets(entry: &Entry, conditions: &[Condition]) -> bool {
    let mut seen = BTreeSet::new();
    let kind_of = |condition: &Condition| {
        format!("{condition:?}")
            .split('(')
            .next()
            .unwrap()
            .to_owned()
    };
    let rows_first = conditions
        .iter()
        .filter(|condition| matches!(condition, Condition::Row(_)));
    let others_last = conditions
        .iter()
        .rev()
        .filter(|condition| !matches!(condition, Condition::Row(_)));
    rows_first.chain(others_last).all(|condition| {
        let counts = matches!(condition, Condition::Changed(..)) || seen.insert(kind_of(condition));
        !counts || meets_one(entry, condition)
    })
}

fn meets_one(entry: &Entry, condition: &Condition) -> bool {
    let is_thing = entry.entity_type.as_deref() == Some("Thing");
    match condition {
        Condition::Type => is_thing,
        Condition::Row(id) => is_thing && entry.entity_id == Some(id.to_string()),
        Condition::Actor(actor) => {
            entry.actor.kind() == actor.kind() && stored_is(entry.actor.id(), actor.id(), 255)
        }
        Condition::OnBehalfOf(actor) => {
            let kind = actor.kind().replace('\\', "\\\\").replace(':', "\\:");
            let short = format!("{kind}:{}", actor.id());
            entry
                .on_behalf_of
                .as_deref()
                .is_some_and(|stored| stored_is(stored, &short, 320))
        }
        Condition::Action(action) => entry.action == *action,
        Condition::Outcome(outcome) => entry.outcome == *outcome,
        Condition::Since(time) => entry.timestamp >= *time,
        Condition::Until(time) => entry.timestamp < *time,
        Condition::Changeset(id) => entry.changeset_id == *id,
        Condition::Request(id) => is_text(&entry.source.request_id, id),
        Condition::Session(id) => is_text(&entry.source.session_id, id),
        Condition::Ip(ip) => entry.source.ip == Some(ip.to_canonical()),
        Condition::Tenant(tenant) => entry
            .tenant
            .as_deref()
            .is_some_and(|stored| stored_is(stored, tenant, 64)),
        Condition::Changed(column, before, after) => {
            is_thing
                && entry.kind == Kind::Change
                && changed(entry, *column, before.as_ref(), after.as_ref())
        }
    }
}

fn is_text(stored: &Option<String>, given: &str) -> bool {
    stored
        .as_deref()
        .is_some_and(|stored| stored_is(stored, given, 128))
}

/// Text that is too long or contains U+0000 is stored as a prefix and a hash. Only the long texts share a prefix of 400
/// characters, and they differ in the last letter.
fn stored_is(stored: &str, given: &str, limit: usize) -> bool {
    if given.chars().count() < limit && !given.contains('\0') {
        return stored == given;
    }
    let digest = {
        use std::fmt::Write;

        let bytes = <sha2::Sha256 as sha2::Digest>::digest(given);
        bytes.iter().fold(String::new(), |mut hex, byte| {
            write!(hex, "{byte:02x}").unwrap();
            hex
        })
    };
    stored.ends_with(&digest[digest.len().saturating_sub(limit)..])
        && stored.chars().count() == limit
}

pub(super) fn changed(
    entry: &Entry,
    column: thing::Column,
    before: Option<&Value>,
    after: Option<&Value>,
) -> bool {
    if matches!(column, thing::Column::Hidden) {
        // Values were not stored, except that one was NULL.
        let json = entry.diff();
        let change = json
            .as_array()
            .unwrap()
            .iter()
            .find(|change| change["field"] == "hidden");
        let is = |side: &str, value: Option<&Value>| {
            value.is_none_or(|value| {
                let found = change.and_then(|change| change.get(side));
                *value == Value::String(None) && found == Some(&Json::Null)
            })
        };
        return change.is_some() && is("before", before) && is("after", after);
    }
    let (was, became) = entry.values::<thing::Entity>(column).unwrap();
    let is = |found: &Option<Value>, value: Option<&Value>| match (found, value) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some(Value::Json(Some(found))), Some(Value::Json(Some(value)))) => {
            plain_numbers(Json::clone(found)) == plain_numbers(Json::clone(value))
        }
        (Some(found), Some(value)) => found == value,
    };
    (was.is_some() || became.is_some()) && is(&was, before) && is(&became, after)
}
