//! The command line `audit`, run as a process.

mod archiving;
mod coverage;
mod exports;
mod guarding;
mod pipes;
mod purges;
mod reading;

use std::process::{Command, Output, Stdio};

use serde_json::Value as Json;

use crate::backend::Database;

/// Runs the command line on this database. The output is JSON lines, unless `--format` says otherwise.
fn audit(database: &Database, arguments: &[&str]) -> Output {
    command(arguments)
        .env("DATABASE_URL", database.url())
        .output()
        .unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shop-audit"));
    command
        .args(arguments)
        .stdin(Stdio::null())
        .env_remove("DATABASE_URL")
        .env("USER", "jane")
        .env("HOSTNAME", "desk");
    command
}

/// The output of a successful run.
fn printed(database: &Database, arguments: &[&str]) -> String {
    let output = audit(database, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

/// The lines of JSON that a run printed.
fn lines(database: &Database, arguments: &[&str]) -> Vec<Json> {
    let printed = printed(database, arguments);
    let lines = printed.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// The exit code and the message of a failed run.
fn refused(output: Output) -> (i32, String) {
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "");
    let said = String::from_utf8(output.stderr).unwrap();
    (output.status.code().unwrap(), said)
}
