//! The command line `audit`: read and keep the audit trail of a database without writing Rust.
//!
//! `cargo install audit-runtime --features cli,sqlx-postgres` installs it for databases of one kind: `sqlx-postgres`,
//! `sqlx-mysql` and `sqlx-sqlite` are the drivers, and `runtime-tokio-rustls` gives them TLS. In a binary of the
//! application, [`run`] uses the drivers that the application enables in SeaORM.
//!
//! ```console
//! $ export DATABASE_URL=postgres://auditor@db/shop
//! $ audit history User 7
//! 2026-11-23T09:19:08.123Z  #12  Admin 'jane.doe' changed User 'eve' role from 'user' to 'admin'  from 203.0.113.9
//! $ audit log --action LOGIN_FAILURE --since -1d --format csv > failures.csv
//! $ audit log --follow
//! ```
//!
//! On a terminal, entries are sentences. Elsewhere, each is one line of JSON. Everything that is not a result goes to
//! the standard error. Actions of the command line, such as an export or a purge, leave entries with the actor of
//! `--actor`.
//!
//! | exit code | |
//! |---|---|
//! | 0 | done, and nothing was found wrong |
//! | 1 | something was found |
//! | 2 | the arguments are wrong |
//! | 3 | the database is not reachable, or not as expected |
//! | 6 | refused: a floor, a hold, a plan that is out of date |
//! | 130 | interrupted, after the batch was finished |

mod arguments;
mod connect;
mod coverage;
mod erasing;
mod execute;
mod export;
mod failure;
mod file;
mod filter;
mod hold;
mod keeping;
mod output;
mod policies;
mod progress;
mod reading;
mod replay;
mod schema;
mod session;
mod span;

use std::{io::Write, process::ExitCode};

use clap::Parser;

use crate::schema::Entities;
use arguments::Arguments;
use execute::execute;

/// Runs the command line with the arguments of this process.
///
/// Guards, the doctor and `coverage` need the entities of the application, so they need a binary of the application:
///
/// ```no_run
/// # mod user {
/// #     use audit_runtime::Audited;
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
/// #     #[sea_orm(table_name = "users")]
/// #     #[audited(no_hooks, others = record)]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #     }
/// # }
/// use std::process::ExitCode;
///
/// use audit_runtime::{cli, entities};
///
/// fn main() -> ExitCode {
///     cli::run(entities![user::Entity])
/// }
/// ```
pub fn run(entities: Entities) -> ExitCode {
    let arguments = Arguments::parse();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(execute(arguments, entities)),
        Err(error) => Err(error.into()),
    };
    let Err(failure) = done else {
        return ExitCode::SUCCESS;
    };
    if let Some(message) = &failure.message {
        note(&format!("audit: {message}"));
    }
    ExitCode::from(failure.code)
}

/// Prints to the standard error. A failure to print cannot be reported, so it is ignored.
fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
