//! Compares the documents with the code: the blocks of the README, and the list of tests.

use std::fs;

#[test]
fn every_block_is_here() {
    let source = fs::read_to_string("it/readme.rs").unwrap() + &sources("it/readme".as_ref());
    let mut blocks = 0;
    for block in all_blocks("rust") {
        let stands_here = [0, 4, 8]
            .iter()
            .any(|&indent| source.contains(&indented(&block, indent)));
        assert!(
            stands_here,
            "not word for word in tests/it/readme:\n{block}"
        );
        blocks += 1;
    }
    // No block is excluded by an attribute such as `ignore`.
    assert_eq!(blocks, readme().matches("```rust").count());
}

#[test]
fn the_list_of_tests_names_no_other() {
    let sources = ["it", "shapes", "ui/tests"].map(|directory| sources(directory.as_ref()));
    let sources = sources.concat();
    let list = fs::read_to_string("README.md").unwrap();
    let names = list.lines().filter_map(|line| {
        let name = line.strip_prefix("- `")?;
        name.split('`').next()
    });
    let mut listed = 0;
    for name in names {
        // A shape of `shapes` is an argument of a macro.
        let is_there = [format!("fn {name}("), format!("\n    {name}: ")];
        let is_there = is_there.iter().any(|form| sources.contains(form));
        assert!(is_there, "there is no test {name}");
        listed += 1;
    }
    assert!(listed > 50);
}

#[test]
fn the_first_screen_is_one() {
    let end = readme().lines().position(|line| line == "```json").unwrap();
    let json = block("json", 0).lines().count();
    assert!(end + json + 2 <= 40);
}

fn readme() -> String {
    fs::read_to_string("../README.md").unwrap()
}

/// All Rust source of a directory.
pub(super) fn sources(directory: &std::path::Path) -> String {
    let mut sources = String::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources += &self::sources(&path);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources += &fs::read_to_string(path).unwrap();
        }
    }
    sources
}

pub(super) fn block(language: &str, index: usize) -> String {
    all_blocks(language).remove(index)
}

fn all_blocks(language: &str) -> Vec<String> {
    let readme = readme();
    let fence = format!("\n```{language}\n");
    let blocks = readme.split(&fence).skip(1);
    blocks
        .map(|rest| rest.split("\n```").next().unwrap().to_owned())
        .collect()
}

fn indented(block: &str, indent: usize) -> String {
    let indent = " ".repeat(indent);
    let lines = block.lines().map(|line| match line {
        "" => String::new(),
        line => format!("{indent}{line}"),
    });
    lines.collect::<Vec<_>>().join("\n")
}
