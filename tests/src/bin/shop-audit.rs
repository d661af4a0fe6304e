//! The command line `audit` of an application.

fn main() -> std::process::ExitCode {
    audit_runtime::cli::run()
}
