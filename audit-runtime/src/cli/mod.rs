//! The command line `audit`: read and keep the audit trail of a database without writing Rust.
//!
//! `cargo install audit-runtime --features cli,sqlx-postgres` installs it for databases of one kind: `sqlx-postgres`,
//! `sqlx-mysql` and `sqlx-sqlite` are the drivers, and `runtime-tokio-rustls` gives them TLS. In a binary of the
//! application, [`run`] has the drivers that the application turns on at SeaORM.
//!
//! ```console
//! $ export DATABASE_URL=postgres://auditor@db/shop
//! $ audit history User 7
//! 2026-11-23T09:19:08.123Z  #12  Admin 'jane.doe' changed User 'eve' role from 'user' to 'admin'  from 203.0.113.9
//! $ audit log --action LOGIN_FAILURE --since -1d --format csv > failures.csv
//! $ audit log --follow
//! ```
//!
//! On a terminal, entries are sentences. Elsewhere, each is one line of JSON. Everything that is not a result goes to the
//! standard error. What the command line does itself, such as an export or a purge, leaves entries of an actor, which
//! `--actor` names.
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
mod export;
mod failure;
mod filter;
mod keeping;
mod output;
mod policies;
mod reading;
mod replay;
mod schema;
mod span;

use std::{env, io::Write, process::ExitCode};

use clap::{CommandFactory, Parser};

#[cfg(feature = "archive")]
use crate::retention::Archive;
use crate::{
    Actor, AuditContext, History,
    schema::{Entities, doctor::Doctor},
};
use arguments::{Arguments, Command, OutputFormat, Policies};
use export::Export;
use failure::Failure;
use output::Output;

/// Runs the command line with the arguments of this process.
///
/// A binary of the application has its entities, which guards, the doctor and `coverage` need:
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

async fn execute(arguments: Arguments, entities: Entities) -> Result<(), Failure> {
    let log = arguments.log_id.unwrap_or_default();
    let mut output = Output::standard(arguments.format, log);
    let session = Session {
        url: arguments.url,
        actor: arguments.actor.unwrap_or_else(operator),
    };
    let db = async || connect::connect(session.url.as_deref()).await;
    #[cfg(feature = "archive")]
    let archive = arguments.archive.as_deref().map(Archive::at).transpose()?;
    #[cfg(feature = "archive")]
    let across = |history: History| match &archive {
        Some(archive) => history.across(archive),
        None => history,
    };
    #[cfg(not(feature = "archive"))]
    let across = |history: History| history;
    let retention = |policies: &Policies| {
        let retention = policies::read(&policies.policies)?;
        #[cfg(feature = "archive")]
        let retention = match &archive {
            Some(archive) => retention.archive(archive.clone()),
            None => retention,
        };
        Ok::<_, Failure>(retention)
    };
    match arguments.command {
        Command::History {
            entity_type,
            entity_id,
            at,
        } => {
            let history = across(History::on(entity_type, entity_id));
            match at {
                Some(at) => reading::state(history, at, &db().await?, &mut output).await,
                None => reading::show(history, 0, &db().await?, &mut output).await,
            }
        }
        Command::Who {
            actor,
            filter,
            limit,
        } => {
            let history = across(filter.history(Some(actor))).newest_first();
            reading::show(history, limit.limit, &db().await?, &mut output).await
        }
        Command::Log {
            filter,
            by,
            limit,
            follow,
        } => {
            let history = across(filter.history(by));
            if follow {
                return reading::tail(history, limit.limit, true, &db().await?, &mut output).await;
            }
            let history = history.newest_first();
            reading::show(history, limit.limit, &db().await?, &mut output).await
        }
        Command::Tail {
            filter,
            by,
            lines,
            follow,
        } => {
            let history = across(filter.history(by));
            reading::tail(history, lines, follow, &db().await?, &mut output).await
        }
        Command::Export {
            filter,
            by,
            output: file,
            reason,
        } => {
            let export = Export {
                history: across(filter.history(by)),
                format: arguments.format.unwrap_or(OutputFormat::Jsonl),
                log,
            };
            let context = session.context(reason);
            match file {
                Some(path) => {
                    export::to_file(export, &path, &db().await?, &context, &mut output).await
                }
                None => export::to_standard_output(export, &db().await?, &context).await,
            }
        }
        Command::Install {
            print: Some(product),
            ..
        } => schema::print(product.into(), &mut output),
        Command::Install {
            print: None,
            policies,
        } => {
            let context = session.context(None);
            schema::install(policies.as_deref(), &db().await?, &context, &mut output).await
        }
        Command::Doctor {
            accept,
            owner,
            replay,
        } => {
            let mut doctor = Doctor::new().entities(entities);
            if owner {
                doctor = doctor.by_owner();
            }
            if replay {
                doctor = doctor.replay();
            }
            let doctor = accept.into_iter().fold(doctor, Doctor::accept);
            schema::doctor(doctor, &db().await?, &mut output).await
        }
        Command::Coverage { write, check } => {
            let db = match session.url {
                Some(_) => Some(db().await?),
                None => None,
            };
            let coverage = coverage::of(&entities, db.as_ref()).await?;
            match (check, write) {
                (Some(path), _) => coverage::check(&coverage, &path, &mut output),
                (None, Some(path)) => coverage::write(coverage, &path, &mut output),
                (None, None) => coverage::list(&coverage, &mut output),
            }
        }
        Command::Guard(command) => {
            schema::guard(command, &entities, &db().await?, &mut output).await
        }
        Command::Replay {
            types,
            accept_unlogged,
            from,
            pace,
        } => {
            let mut replay = replay::of(entities, &types, from)?;
            if accept_unlogged {
                replay = replay.accept_unlogged();
            }
            replay::run(replay, pace, &db().await?, &mut output).await
        }
        Command::Plan {
            policies,
            output: file,
        } => {
            let retention = retention(&policies)?;
            keeping::plan(&retention, file.as_deref(), &db().await?, &mut output).await
        }
        Command::Approve {
            policies,
            plan,
            reason,
        } => {
            let retention = retention(&policies)?;
            let context = session.context(reason);
            keeping::approve(&retention, &plan, &db().await?, &context, &mut output).await
        }
        Command::Purge {
            policies,
            plan,
            reason,
            plan_id,
            pace,
        } => {
            let retention = retention(&policies)?.pace(pace);
            let context = session.context(reason);
            let plan_id = plan_id.as_deref();
            keeping::purge(
                retention,
                &plan,
                plan_id,
                &db().await?,
                &context,
                &mut output,
            )
            .await
        }
        #[cfg(feature = "archive")]
        Command::Archive {
            policies,
            reason,
            pace,
        } => {
            let retention = retention(&policies)?.pace(pace);
            let context = session.context(reason);
            keeping::run(retention, &db().await?, &context, &mut output).await
        }
        #[cfg(feature = "archive")]
        Command::Restore {
            name,
            since,
            until,
            reason,
        } => {
            let Some(archive) = &archive else {
                return Err(Failure::wrong_arguments(
                    "there is no archive: give --archive",
                ));
            };
            let recorded = since.begin..until.unwrap_or(since).end;
            let context = session.context(Some(reason));
            let db = db().await?;
            keeping::restore(archive, &name, recorded, &db, &context, &mut output).await
        }
        Command::Erase(erase) => {
            let retention = retention(&erase.policies)?.pace(erase.pace);
            let erasure = erasing::erasure(erase, &entities)?;
            let (db, context) = (db().await?, session.context(None));
            erasing::erase(&retention, erasure, &db, &context, &mut output).await
        }
        Command::Hold(command) => {
            keeping::hold(command, &db().await?, &session.context(None), &mut output).await
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "audit", &mut script);
            output.text(&script)?;
            Ok(output.flush()?)
        }
        Command::Man => {
            let mut page = Vec::new();
            clap_mangen::Man::new(Arguments::command()).render(&mut page)?;
            output.text(&page)?;
            Ok(output.flush()?)
        }
    }
}

/// Who works, on which database.
struct Session {
    url: Option<String>,
    actor: Actor,
}

impl Session {
    fn context(&self, reason: Option<String>) -> AuditContext {
        let context = AuditContext::new(self.actor.clone()).service("audit");
        match reason {
            Some(reason) => context.reason(reason),
            None => context,
        }
    }
}

/// The account of the operating system, as it calls itself.
fn operator() -> Actor {
    let of = |names: [&str; 2]| names.into_iter().find_map(|name| env::var(name).ok());
    let user = of(["USER", "USERNAME"]).unwrap_or_else(|| "unknown".to_owned());
    let host = of(["HOSTNAME", "COMPUTERNAME"]).or_else(|| {
        let name = std::fs::read_to_string("/etc/hostname").ok()?;
        Some(name.trim().to_owned())
    });
    Actor::new(
        "Cli",
        format!("{user}@{}", host.unwrap_or_else(|| "unknown".to_owned())),
    )
}

/// Says something beside the results. Where nobody hears it, there is nobody to tell.
fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}
