//! Runs the command that the arguments name.

use clap::CommandFactory;

use super::{
    arguments::{Arguments, Command, OutputFormat, Policies},
    connect, coverage, erasing,
    export::{self, Export},
    failure::Failure,
    hold, keeping,
    output::Output,
    policies, reading, replay, schema,
    session::{Session, operator},
};
#[cfg(feature = "archive")]
use crate::retention::Archive;
use crate::{
    History,
    schema::{Entities, doctor::Doctor},
};

pub(super) async fn execute(arguments: Arguments, entities: Entities) -> Result<(), Failure> {
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
            hold::run(command, &db().await?, &session.context(None), &mut output).await
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
