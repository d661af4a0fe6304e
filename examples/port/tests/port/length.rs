//! The length of the port.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use similar::{ChangeTag, TextDiff};

const GUIDE: &str = include_str!("../../../../audit-runtime/src/guide/existing_service.rs");

#[test]
fn the_guide_tells_the_length_of_the_port() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (before, after) = (root.join("before"), root.join("after"));
    let files: BTreeSet<_> = files(&before).into_iter().chain(files(&after)).collect();
    let (mut added, mut removed) = (0, 0);
    for file in &files {
        let (before, after) = (read(&before.join(file)), read(&after.join(file)));
        let diff = TextDiff::from_lines(&before, &after);
        let count = |tag| {
            diff.iter_all_changes()
                .filter(|change| change.tag() == tag)
                .count()
        };
        let (inserted, deleted) = (count(ChangeTag::Insert), count(ChangeTag::Delete));
        println!("+{inserted:<3} -{deleted:<3} {}", file.display());
        added += inserted;
        removed += deleted;
    }
    let told = format!("+{added} −{removed} lines");
    println!("{told}");
    assert!(GUIDE.contains(&told), "the guide does not say: {told}");
}

/// The paths of a package's files, relative to the package.
fn files(package: &Path) -> BTreeSet<PathBuf> {
    let mut files = BTreeSet::from(["Cargo.toml".into()]);
    let mut directories = vec![package.join("src")];
    while let Some(directory) = directories.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                directories.push(path);
            } else {
                files.insert(path.strip_prefix(package).unwrap().to_owned());
            }
        }
    }
    files
}

/// Reads a file and removes the suffixes that the workspace needs in package names.
fn read(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap_or_default();
    ["-before", "_before", "-after", "_after"]
        .iter()
        .fold(text, |text, suffix| {
            text.replace(&format!("helpdesk{suffix}"), "helpdesk")
        })
}
