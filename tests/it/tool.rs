//! External programs, which may be missing. A missing one is reported, and with `CI=true` is a failure.

use std::{
    env,
    io::{ErrorKind, Write, stderr},
    process::{Command, Output},
};

/// Runs a program to its end. Returns `None` if it is missing.
pub async fn run(mut command: Command) -> Option<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = tokio::task::spawn_blocking(move || command.output());
    match output.await.unwrap() {
        Ok(output) => Some(output),
        Err(error) if error.kind() != ErrorKind::NotFound => panic!("{program}: {error}"),
        Err(_) => {
            missing(&program);
            None
        }
    }
}

/// Whether Python has a module.
pub fn python_has(module: &str) -> bool {
    let found = Command::new("python3")
        .args(["-c", &format!("import {module}")])
        .output();
    let is_there = found.is_ok_and(|output| output.status.success());
    if !is_there {
        missing(&format!("{module} (python3 -m pip install {module})"));
    }
    is_there
}

fn missing(program: &str) {
    let is_required = env::var("CI").is_ok_and(|ci| ci == "true");
    assert!(!is_required, "there is no {program}");
    // Not `eprintln!`, whose output the harness captures.
    let _ = writeln!(stderr(), "NOT RUN: there is no {program}");
}
