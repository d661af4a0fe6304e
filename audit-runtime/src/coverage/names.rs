//! Matches today's names with those of the accepted manifest.

use std::collections::{BTreeMap, BTreeSet};

/// Maps today's names to their accepted names: the same name, or else a former name that nothing has today. A new name
/// is not in the map.
pub(super) fn accepted_names<'a, T, A>(
    today: &'a BTreeMap<String, T>,
    accepted: &'a BTreeMap<String, A>,
    former: impl Fn(&'a str) -> Option<&'a BTreeSet<String>>,
) -> BTreeMap<&'a str, &'a str> {
    let pairs = today.keys().filter_map(|name| {
        if accepted.contains_key(name) {
            return Some((name.as_str(), name.as_str()));
        }
        let mut former = former(name)?.iter();
        let was = former.find(|was| accepted.contains_key(*was) && !today.contains_key(*was))?;
        Some((name.as_str(), was.as_str()))
    });
    pairs.collect()
}

/// The accepted names that match none of today's names.
pub(super) fn gone<'a, A>(
    accepted: &'a BTreeMap<String, A>,
    names: &BTreeMap<&str, &str>,
) -> impl Iterator<Item = &'a str> {
    let found: BTreeSet<_> = names.values().copied().collect();
    let accepted = accepted.keys().map(String::as_str);
    accepted.filter(move |name| !found.contains(name))
}
