//! The names that the fields of an entity have in the log.
//!
//! A field may have a name that another field had before. Which of the two an older entry is about follows from its
//! other fields, or is unknown.

use std::collections::HashMap;

use sea_orm::{IdenStatic, Iterable};

use super::Entry;
use crate::{
    audited::{Audited, ColumnOf, names::field_names},
    changes::{Change, Changes},
};

/// The names of every column's field, in the order of the entity. The current name is first, then former ones, latest
/// first.
#[derive(Clone, Debug)]
pub(super) struct Names {
    columns: Vec<Vec<&'static str>>,
    /// For each column, whether another one has or had one of its names.
    are_shared: Vec<bool>,
}

/// The information about a field in an entry.
#[derive(Clone, Copy, Debug)]
pub(super) enum Told<'a> {
    Nothing,
    Change(&'a Change),
    /// A change under a name that another field has had, too.
    Perhaps(&'a str, &'a Change),
}

impl Names {
    pub(super) fn of<E: Audited>() -> Self {
        let columns: Vec<_> = ColumnOf::<E>::iter().map(field_names::<E>).collect();
        let mut count = HashMap::new();
        for name in columns.iter().flatten() {
            *count.entry(*name).or_insert(0) += 1;
        }
        let is_shared = |names: &Vec<&'static str>| names.iter().any(|name| count[name] > 1);
        Self {
            are_shared: columns.iter().map(is_shared).collect(),
            columns,
        }
    }

    /// Finds the information about the column at this index.
    pub(super) fn told<'a>(&self, entry: &'a Entry, column: usize) -> Told<'a> {
        let changes = &entry.changes;
        if !self.are_shared[column] {
            let change = self.columns[column]
                .iter()
                .find_map(|name| changes.get(name));
            return change.map_or(Told::Nothing, Told::Change);
        }
        let is_whole = matches!(&*entry.action, "CREATE" | "DELETE");
        let claims = self.claims(changes, is_whole);
        let mut told = claims
            .into_iter()
            .filter(|claim| claim.columns.contains(&column));
        match told.next() {
            Some(claim) if claim.columns.len() == 1 => Told::Change(claim.change),
            Some(claim) => Told::Perhaps(claim.name, claim.change),
            None => Told::Nothing,
        }
    }

    /// The ambiguous names in an entry, each with the columns it may be about.
    pub(super) fn in_question<'a>(&self, entry: &'a Entry) -> Vec<Claim<'a>> {
        if !self.are_shared.contains(&true) {
            return Vec::new();
        }
        let is_whole = matches!(&*entry.action, "CREATE" | "DELETE");
        let mut claims = self.claims(&entry.changes, is_whole);
        claims.retain(|claim| claim.columns.len() > 1);
        claims
    }

    fn claims<'a>(&self, changes: &'a Changes, is_whole: bool) -> Vec<Claim<'a>> {
        let claim = |(name, change)| {
            let columns =
                (0..self.columns.len()).filter(|column| self.columns[*column].contains(&name));
            Claim {
                name,
                change,
                columns: columns.collect(),
            }
        };
        let mut claims: Vec<_> = changes.iter().map(claim).collect();
        claims.retain(|claim| !claim.columns.is_empty());
        let mut settled = Vec::new();
        while let Some((claim, column)) = self.next_certain(&claims, &settled, is_whole) {
            settled.push(column);
            for (index, other) in claims.iter_mut().enumerate() {
                if index == claim {
                    other.columns = vec![column];
                } else {
                    other.columns.retain(|other| *other != column);
                }
            }
        }
        claims.retain(|claim| !claim.columns.is_empty());
        claims
    }

    /// The index of a name that certainly belongs to this column.
    fn next_certain(
        &self,
        claims: &[Claim<'_>],
        settled: &[usize],
        is_whole: bool,
    ) -> Option<(usize, usize)> {
        let open = |claim: &Claim<'_>| !claim.columns.iter().any(|column| settled.contains(column));
        let open = || {
            claims
                .iter()
                .enumerate()
                .filter(move |(_, claim)| open(claim))
        };
        let is_own = |claim: &Claim<'_>, column: usize| self.columns[column][0] == claim.name;
        // Only one column has ever had this name. If an entry has a current and a former name, the current one counts.
        let single = || open().filter(|(_, claim)| claim.columns.len() == 1);
        let own = single().find(|(_, claim)| is_own(claim, claim.columns[0]));
        if let Some((index, claim)) = own.or_else(|| single().next()) {
            return Some((index, claim.columns[0]));
        }
        if !is_whole {
            return None;
        }
        // The entry contains every field but not this column's current name, so it is older than the renaming. Then no
        // other column had taken the former name yet.
        open().find_map(|(index, claim)| {
            let has_own = |column: usize| {
                let mut claims = claims.iter();
                claims.any(|claim| is_own(claim, column) && claim.columns.contains(&column))
            };
            let columns = claim.columns.iter();
            let mut former =
                columns.filter(|column| !is_own(claim, **column) && !has_own(**column));
            let column = former.next()?;
            former.next().is_none().then_some((index, *column))
        })
    }
}

/// A name in an entry, and the columns that may have had it.
#[derive(Debug)]
pub(super) struct Claim<'a> {
    pub(super) name: &'a str,
    pub(super) change: &'a Change,
    pub(super) columns: Vec<usize>,
}

/// The index of a column in the order of the entity.
pub(super) fn index<E: Audited>(column: ColumnOf<E>) -> usize {
    let same = |other: ColumnOf<E>| other.as_str() == column.as_str();
    ColumnOf::<E>::iter().position(same).unwrap_or_default()
}
