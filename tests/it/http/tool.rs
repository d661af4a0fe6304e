//! Programs of others, which are not everywhere.

use std::{
    env,
    io::{ErrorKind, Write, stderr},
    process::{Command, Output},
};

/// Runs a program to its end. `None` if there is none, which is said loudly, and with `CI=true` is a failure.
pub async fn run(mut command: Command) -> Option<Output> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = tokio::task::spawn_blocking(move || command.output());
    match output.await.unwrap() {
        Ok(output) => Some(output),
        Err(error) if error.kind() != ErrorKind::NotFound => panic!("{program}: {error}"),
        Err(_) if env::var("CI").is_ok_and(|ci| ci == "true") => panic!("there is no {program}"),
        Err(_) => {
            // Not eprintln!: the harness would keep it to itself.
            let _ = writeln!(stderr(), "NOT RUN: there is no {program}");
            None
        }
    }
}
