//! The labels of the parents of rows in join tables.

use std::collections::HashMap;

use sea_orm::{ColumnTrait, ConnectionTrait, sea_query::Cond};

use super::{
    Entry,
    cold::Test,
    join::Parent,
    log_rows::{Beyond, Conditions},
};
use crate::{Error, audit_log::Column};

/// The number of parents of a page that are looked up.
const LOOKED_UP: usize = 64;

/// Gives the parents the labels that other entries of the page have.
pub(super) fn name_from_page(entries: &mut [Entry]) {
    let mut labels = HashMap::new();
    for entry in &*entries {
        if let (Some(of), Some(id), Some(label)) =
            (&entry.entity_type, &entry.entity_id, &entry.entity_label)
        {
            labels.insert((of.clone(), id.clone()), label.clone());
        }
    }
    name(entries, &labels);
}

/// Looks up the labels that are still missing, in the latest entry that has one, until the deadline.
pub(super) async fn name_from_log<C: ConnectionTrait>(
    entries: &mut [Entry],
    beyond: &Beyond,
    db: &C,
) -> Result<(), Error> {
    let mut labels = HashMap::new();
    let parents = entries.iter().flat_map(|entry| &entry.parents.all);
    let nameless = parents.filter(|parent| parent.label.is_none());
    let mut keys: Vec<_> = nameless.map(key).collect();
    keys.sort_unstable();
    keys.dedup();
    for key in keys.into_iter().take(LOOKED_UP) {
        if beyond.deadline.is_over() {
            break;
        }
        let labelled = Cond::all()
            .add(Column::EntityType.eq(&key.0))
            .add(Column::EntityId.eq(&key.1))
            .add(Column::EntityLabel.is_not_null());
        let tests = vec![
            Test::Text(Column::EntityType, vec![key.0.clone()]),
            Test::Text(Column::EntityId, vec![key.1.clone()]),
            Test::Present(Column::EntityLabel),
        ];
        let latest = Conditions::all([labelled]).across(beyond.archive.as_ref(), tests);
        let found = latest.read(false, db, None, 1, true, beyond.deadline);
        let rows = found.await?.rows;
        if let Some(label) = rows.into_iter().next().and_then(|row| row.entity_label) {
            labels.insert(key, label);
        }
    }
    name(entries, &labels);
    Ok(())
}

fn name(entries: &mut [Entry], labels: &HashMap<(String, String), String>) {
    for parent in entries.iter_mut().flat_map(|entry| &mut entry.parents.all) {
        if parent.label.is_none() {
            parent.label = labels.get(&key(parent)).cloned();
        }
    }
}

fn key(parent: &Parent) -> (String, String) {
    (parent.entity_type.clone(), parent.id.clone())
}
