//! What must compile and what must not, a rule a file.

use std::{
    env, fs,
    io::{self, IsTerminal},
    path::Path,
    process::Command,
};

#[test]
fn cases() {
    // trybuild colours what it prints wherever it goes, and takes that from the environment of its process alone.
    if env::var_os("NO_COLOR").is_none() && !io::stderr().is_terminal() {
        let without_colours = Command::new(env::current_exe().unwrap())
            .args(["--exact", "cases", "--nocapture"])
            .env("NO_COLOR", "1")
            .status();
        assert!(without_colours.unwrap().success());
        return;
    }
    let cases = trybuild::TestCases::new();
    cases.pass("pass/*.rs");
    cases.compile_fail("fail/*.rs");
}

#[test]
fn every_mistake_is_one_error() {
    let mut cases = 0;
    for entry in fs::read_dir("fail").expect("the directory of failing cases") {
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
