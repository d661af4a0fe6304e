//! The command line `audit`; see `audit_runtime::cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    audit_runtime::cli::run(audit_runtime::entities![])
}
