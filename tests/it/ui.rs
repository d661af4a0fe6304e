//! What must compile and what must not, a rule a file.

use std::{fs, path::Path};

#[test]
fn cases() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    cases.compile_fail("ui/fail/*.rs");
}

#[test]
fn every_mistake_is_one_error() {
    let mut cases = 0;
    for entry in fs::read_dir("ui/fail").expect("the directory of failing cases") {
        let case = entry.expect("a failing case").path();
        if case.extension().is_some_and(|extension| extension == "rs") {
            assert_eq!(
                errors(&case.with_extension("stderr")),
                1,
                "{}",
                case.display()
            );
            cases += 1;
        }
    }
    assert!(cases >= 40, "{cases} cases are too few");
}

fn errors(output: &Path) -> usize {
    let output = fs::read_to_string(output).unwrap_or_default();
    output
        .lines()
        .filter(|line| line.starts_with("error"))
        .count()
}
