//! Compares a guard in the database with the expected guard.

use std::collections::BTreeSet;

use super::{
    super::super::entities::{AuditedTable, TableColumn},
    Expected, Found, Object, Part,
    stamp::Stamp,
};
use crate::dialect::Dialect;

impl Found {
    /// The parts without a trigger of the guard.
    pub(super) fn bare(&self, expected: &Expected) -> Vec<&str> {
        let has_none = |part: &&Part| !part.triggers.iter().any(|found| expected.has(found));
        let bare = self.parts.iter().filter(has_none);
        bare.map(|part| &*part.name).collect()
    }

    /// The bodies of the expected objects, without the guards of other entities.
    pub(super) fn bodies(&self, expected: &Expected) -> impl Iterator<Item = &str> {
        let triggers = self.parts.iter().flat_map(|part| &part.triggers);
        let objects = triggers.chain(&self.beside);
        let of_it = objects.filter(|found| expected.has(found));
        of_it.map(|object| &*object.body)
    }

    /// The statements that drop other objects that differ, because an installation replaces them only on PostgreSQL.
    pub(super) fn drops(
        &self,
        statements: &[String],
        dialect: Dialect,
    ) -> impl Iterator<Item = String> {
        let expected = Expected::of(dialect, statements, &self.places).beside;
        let is_other = move |found: &&Object| {
            let same_name = expected.iter().find(|object| object.name == found.name);
            same_name.is_some_and(|object| object.body != found.body)
        };
        let others = match dialect {
            Dialect::Postgres => &[],
            Dialect::MySql | Dialect::MariaDb | Dialect::Sqlite => &*self.beside,
        };
        let others = others.iter().filter(is_other);
        others.map(|object| format!("DROP {} IF EXISTS {}", object.how, object.name))
    }

    pub(super) fn problems(&self, expected: &Expected) -> Vec<String> {
        let beside = expected.beside.iter();
        let beside = beside.filter(|object| !self.unseen.contains(&object.name));
        let beside = beside.filter_map(|object| problem(object, &self.beside));
        let parts = self.parts.iter().flat_map(|part| {
            let triggers = expected.triggers.iter();
            let problems = triggers.filter_map(|object| problem(object, &part.triggers));
            problems.map(|problem| format!("{problem} (on {})", part.name))
        });
        beside.chain(parts).collect()
    }

    /// The fields that a guard treats differently. Objects that this crate has not written are ignored.
    pub(super) fn other_fields(&self, table: &AuditedTable, expected: &Expected) -> String {
        let pairs = expected.objects().flat_map(|object| {
            let parts = self.parts.iter().flat_map(|part| &part.triggers);
            let found = parts.chain(&self.beside);
            let found = found.filter(|found| found.name == object.name);
            found.map(|found| (&*found.body, &*object.body))
        });
        let written = pairs.filter(|(found, _)| Stamp::of(found).is_some());
        let written: Vec<_> = written.collect();
        let is_other = |column: &&TableColumn| {
            let mut pairs = written.iter();
            pairs.any(|(found, expected)| told(found, column) != told(expected, column))
        };
        let fields = table.columns().iter().filter(is_other);
        let fields: Vec<_> = fields.map(|column| column.field).collect();
        match fields.is_empty() {
            true => String::new(),
            false => format!(
                "; what it says of {} is not what the entity says",
                fields.join(", ")
            ),
        }
    }
}

/// The text around each name of a column.
fn told<'a>(text: &'a str, column: &TableColumn) -> BTreeSet<(&'a str, &'a str)> {
    const AROUND: usize = 5;
    let names = ['"', '`'].map(|quote| format!("{quote}{}{quote}", column.name));
    let found = names.iter().flat_map(|name| text.match_indices(name));
    let around = found.map(|(at, name)| {
        let (before, after) = (&text[..at], &text[at + name.len()..]);
        let from = before.char_indices().rev().nth(AROUND - 1);
        let to = after.char_indices().nth(AROUND);
        (
            &before[from.map_or(0, |(at, _)| at)..],
            &after[..to.map_or(after.len(), |(at, _)| at)],
        )
    });
    around.collect()
}

fn problem(expected: &Object, found: &[Object]) -> Option<String> {
    let name = &expected.name;
    match found.iter().find(|found| found.name == *name) {
        None => Some(format!("{name} is missing")),
        Some(found) if found.body != expected.body => Some(format!("{name} is another")),
        Some(found) if found.how != expected.how => Some(format!("{name} is disabled or changed")),
        Some(_) => None,
    }
}
