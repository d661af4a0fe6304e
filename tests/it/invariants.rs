//! Invariants that hold after every scenario: the log replays to the tables, without a gap.

use std::collections::BTreeMap;

use audit_runtime::{Audited, Changes, Entry, Kind, audit_log, encode::Encoded};
use sea_orm::{DatabaseConnection, EntityTrait, QueryOrder};

use crate::entities::{document, order, user};

type State = BTreeMap<String, Encoded>;

/// Violations of two rules: each `before` is the previous `after`, and the log replays to the table.
pub async fn violations(db: &DatabaseConnection) -> Vec<String> {
    let entries: Vec<Entry> = audit_log::Entity::find()
        .order_by_asc(audit_log::Column::Id)
        .all(db)
        .await
        .expect("the log can be read")
        .into_iter()
        .map(Into::into)
        .collect();
    let mut violations = Vec::new();
    replay::<user::Entity>(
        db,
        &entries,
        "User",
        |row| row.id.to_string(),
        &mut violations,
    )
    .await;
    replay::<order::Entity>(
        db,
        &entries,
        "Order",
        |row| row.id.to_string(),
        &mut violations,
    )
    .await;
    replay::<document::Entity>(
        db,
        &entries,
        "Document",
        |row| row.id.clone(),
        &mut violations,
    )
    .await;
    violations
}

#[track_caller]
pub fn assert_none(violations: &[String], what: &str) {
    assert!(violations.is_empty(), "{what}: {violations:#?}");
}

async fn replay<E: Audited>(
    db: &DatabaseConnection,
    entries: &[Entry],
    entity_type: &str,
    id: impl Fn(&E::Model) -> String,
    violations: &mut Vec<String>,
) where
    E::Model: Sync,
{
    let mut rows = BTreeMap::<String, State>::new();
    let changes = entries.iter().filter(|entry| {
        entry.kind == Kind::Change && entry.entity_type.as_deref() == Some(entity_type)
    });
    for entry in changes {
        let entity_id = entry.entity_id.clone().unwrap_or_default();
        let mut complain = |problem: &str| {
            violations.push(format!(
                "entry {} of {entity_type} {entity_id}: {problem}",
                entry.id
            ));
        };
        let before = rows.remove(&entity_id);
        match (&*entry.action, &before) {
            ("CREATE", Some(_)) => complain("created twice"),
            ("UPDATE" | "DELETE", None) => complain("changed without having been created"),
            _ => {}
        }
        let mut state = before.unwrap_or_default();
        for (field, change) in entry.changes.iter() {
            if change.before.as_ref() != state.get(field) && entry.action != "CREATE" {
                complain(&format!(
                    "{field} was {:?}, not {:?}",
                    state.get(field),
                    change.before
                ));
            }
            if let Some(after) = &change.after {
                state.insert(field.to_owned(), after.clone());
            }
        }
        if entry.action != "DELETE" {
            rows.insert(entity_id, state);
        }
    }
    let stored: BTreeMap<String, State> = E::find()
        .all(db)
        .await
        .expect("the table can be read")
        .iter()
        .map(|row| (id(row), state_of::<E>(row)))
        .collect();
    if rows != stored {
        violations.push(format!(
            "{entity_type} replays to {rows:?}, but the table holds {stored:?}"
        ));
    }
}

fn state_of<E: Audited>(row: &E::Model) -> State {
    Changes::created::<E>(row)
        .iter()
        .filter_map(|(field, change)| Some((field.to_owned(), change.after.clone()?)))
        .collect()
}
