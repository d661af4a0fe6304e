//! The module graph of the crates, read from their sources.

mod imports;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use imports::Crate;

type Edges = BTreeSet<(String, String)>;

const CRATES: [&str; 2] = ["audit-derive", "audit-runtime"];

#[test]
fn no_files_import_each_other_in_a_circle() {
    for name in CRATES {
        let circle = circle(&edges(name));
        assert!(
            circle.is_empty(),
            "{name}: these files import each other: {circle:#?}"
        );
    }
}

#[test]
fn no_rooms_import_each_other_in_a_circle() {
    let room = |module: &str| module.split("::").next().unwrap_or_default().to_owned();
    let rooms: Edges = edges("audit-runtime")
        .iter()
        .map(|(from, to)| (room(from), room(to)))
        .filter(|(from, to)| from != to)
        .collect();
    let circle = circle(&rooms);
    assert!(
        circle.is_empty(),
        "these rooms import each other: {circle:#?}"
    );
}

#[test]
fn a_room_imports_only_those_listed_above_it() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../ARCHITECTURE.md");
    let page = std::fs::read_to_string(page).unwrap();
    let (_, rooms) = page.split_once("from the bottom up").unwrap();
    let (rooms, _) = rooms.split_once("\n## ").unwrap();
    // A room is introduced as "`name`: ".
    let rooms: Vec<_> = rooms.split('`').collect();
    let rooms: Vec<_> = rooms
        .windows(2)
        .filter(|pair| pair[1].starts_with(": "))
        .map(|pair| pair[0])
        .collect();
    let level = |module: &str| {
        let room = module.split("::").next().unwrap_or_default();
        rooms.iter().position(|name| *name == room)
    };
    let above: Vec<_> = edges("audit-runtime")
        .into_iter()
        // These export items of all rooms.
        .filter(|(from, _)| !from.is_empty() && from != "prelude")
        .filter(|(from, _)| !from.starts_with("__private"))
        .filter(|(from, to)| {
            level(from).is_none()
                || level(to) > level(from)
                || (level(to).is_none() && !to.is_empty())
        })
        .collect();
    assert!(above.is_empty(), "upwards, or not in the list: {above:#?}");
}

#[test]
fn a_circle_is_found() {
    let edges = |pairs: &[(&str, &str)]| -> Edges {
        let pairs = pairs.iter();
        pairs
            .map(|(from, to)| ((*from).to_owned(), (*to).to_owned()))
            .collect()
    };
    assert!(circle(&edges(&[("a", "b"), ("b", "c"), ("a", "c")])).is_empty());
    let found = circle(&edges(&[("a", "b"), ("b", "c"), ("c", "b"), ("c", "d")]));
    assert_eq!(found, edges(&[("b", "c"), ("c", "b")]));
}

/// The imports of a crate. Asserts that there are many, because an empty set would pass every test here.
fn edges(name: &str) -> Edges {
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .join(name)
        .join("src");
    let edges = Crate::parse(&source).edges();
    assert!(edges.len() > 20, "{name}: {edges:?}");
    edges
}

/// The edges that remain after the repeated removal of modules that import nothing, or that nothing imports.
fn circle(edges: &Edges) -> Edges {
    let mut rest = edges.clone();
    loop {
        let mut uses = BTreeMap::<&str, [usize; 2]>::new();
        for (from, to) in &rest {
            uses.entry(from).or_default()[0] += 1;
            uses.entry(to).or_default()[1] += 1;
        }
        let is_inside = |module: &String| uses[module.as_str()].iter().all(|uses| *uses > 0);
        let inside: Edges = rest
            .iter()
            .filter(|(from, to)| is_inside(from) && is_inside(to))
            .cloned()
            .collect();
        if inside.len() == rest.len() {
            return rest;
        }
        rest = inside;
    }
}
