//! The commands of retention: plans, their approval and execution, and holds.

use std::{
    fmt::Write as _,
    fs::{self, File},
    io::{self, IsTerminal, Write},
    ops::ControlFlow,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use indicatif::{ProgressBar, ProgressStyle};
use sea_orm::DatabaseConnection;
use serde_json::json;
use tokio::{signal, task::JoinHandle};

use super::{arguments::Hold, failure::Failure, output::Output};
use crate::{
    AuditContext,
    retention::{self, PlacedHold, Plan, Report, Retention},
};

pub(super) async fn plan(
    retention: &Retention,
    file: Option<&Path>,
    db: &DatabaseConnection,
    output: &mut Output,
) -> Result<(), Failure> {
    let plan = retention.plan(db).await?;
    if let Some(path) = file {
        let mut file = create(path)?;
        serde_json::to_writer_pretty(&mut file, &plan).map_err(io::Error::from)?;
        file.sync_all()?;
    }
    output.result(&plan, described(&plan))?;
    Ok(output.flush()?)
}

pub(super) async fn approve(
    retention: &Retention,
    plan: &Path,
    db: &DatabaseConnection,
    context: &AuditContext,
    output: &mut Output,
) -> Result<(), Failure> {
    let plan = read(plan)?;
    retention.approve(db, context, &plan).await?;
    let text = format!(
        "plan {} is approved by {}",
        plan.id,
        context.actor().short_form()
    );
    output.result(&json!({ "approved": plan.id }), text)?;
    Ok(output.flush()?)
}

pub(super) async fn purge(
    retention: Retention,
    plan: &Path,
    plan_id: Option<&str>,
    db: &DatabaseConnection,
    context: &AuditContext,
    output: &mut Output,
) -> Result<(), Failure> {
    let plan = read(plan)?;
    confirm(&plan, plan_id)?;
    let planned = plan.policies.iter();
    let entries = planned.map(|planned| planned.entries + planned.to_archive);
    let progress = progress(entries.sum());
    let (retention, interrupt) = watched(retention, &progress);
    let report = retention.execute(db, context, &plan).await;
    progress.finish_and_clear();
    interrupt.abort();
    done(&report?, output)
}

/// Does what has reached its age, without a plan.
#[cfg(feature = "archive")]
pub(super) async fn run(
    retention: Retention,
    db: &DatabaseConnection,
    context: &AuditContext,
    output: &mut Output,
) -> Result<(), Failure> {
    let progress = ProgressBar::new_spinner();
    let style = ProgressStyle::with_template("{human_pos} entries  {per_sec}");
    let progress = match style {
        Ok(style) => progress.with_style(style),
        Err(_) => progress,
    };
    let (retention, interrupt) = watched(retention, &progress);
    let report = retention.run(db, context).await;
    progress.finish_and_clear();
    interrupt.abort();
    done(&report?, output)
}

/// Shows its progress, and ends it after the batch in which it is interrupted.
fn watched(retention: Retention, progress: &ProgressBar) -> (Retention, JoinHandle<()>) {
    let is_interrupted = Arc::new(AtomicBool::new(false));
    let interrupt = tokio::spawn({
        let is_interrupted = is_interrupted.clone();
        async move {
            if signal::ctrl_c().await.is_ok() {
                is_interrupted.store(true, Ordering::Relaxed);
            }
        }
    });
    let progress = progress.clone();
    let retention = retention.after_batch(move |deleted| {
        progress.set_position(deleted);
        if is_interrupted.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    (retention, interrupt)
}

fn done(report: &Report, output: &mut Output) -> Result<(), Failure> {
    output.result(report, told(report))?;
    output.flush()?;
    if report.is_ended_early {
        return Err(Failure::interrupted());
    }
    Ok(())
}

#[cfg(not(feature = "archive"))]
fn told(report: &Report) -> String {
    format!("{} entries are deleted", report.purged())
}

#[cfg(feature = "archive")]
fn told(report: &Report) -> String {
    let archived: u64 = report.archived.iter().map(|file| file.entries).sum();
    let mut text = format!("{} entries left the log", report.purged());
    if archived > 0 {
        let _ = write!(text, ", {archived} to {} files", report.archived.len());
    }
    for file in &report.destroyed {
        let _ = write!(
            text,
            "\n{} is destroyed, with {} entries",
            file.file, file.entries
        );
    }
    if report.is_archive_busy {
        text.push_str("\nanother worker writes to the archive: nothing moved there");
    }
    text
}

#[cfg(feature = "archive")]
pub(super) async fn restore(
    archive: &retention::Archive,
    name: &str,
    recorded: std::ops::Range<chrono::DateTime<chrono::Utc>>,
    db: &DatabaseConnection,
    context: &AuditContext,
    output: &mut Output,
) -> Result<(), Failure> {
    let restored = archive.restore(name, recorded, db, context).await?;
    let text = format!("{} entries are in {}", restored.entries, restored.table);
    output.result(&restored, text)?;
    Ok(output.flush()?)
}

pub(super) async fn hold(
    command: Hold,
    db: &DatabaseConnection,
    context: &AuditContext,
    output: &mut Output,
) -> Result<(), Failure> {
    match command {
        Hold::Add {
            reason,
            entity_type,
            entity_id,
            by,
            since,
            until,
        } => {
            let mut hold = retention::Hold::new(reason);
            hold = match (entity_type, entity_id) {
                (Some(entity_type), Some(entity_id)) => hold.row(entity_type, entity_id),
                (Some(entity_type), None) => hold.entity_type(entity_type),
                (None, _) => hold,
            };
            if let Some(actor) = &by {
                hold = hold.actor(actor);
            }
            if let Some(span) = since {
                hold = hold.from(span.begin);
            }
            if let Some(span) = until {
                hold = hold.until(span.end);
            }
            let placed = retention::hold(db, context, hold).await?;
            output.result(&placed, one(&placed))?;
        }
        Hold::Release { id, reason } => {
            if !retention::release(db, context, id, reason).await? {
                return Err(Failure::wrong_arguments(format!(
                    "there is no hold {id} in force: `audit hold list` shows those that are"
                )));
            }
            output.result(&json!({ "released": id }), format!("hold {id} is released"))?;
        }
        Hold::List => {
            let holds = retention::holds(db).await?;
            for hold in &holds {
                output.result(hold, one(hold))?;
            }
        }
    }
    Ok(output.flush()?)
}

/// A file that did not exist.
pub(super) fn create(path: &Path) -> Result<File, Failure> {
    File::create_new(path).map_err(|error| of_file(path, &error))
}

pub(super) fn of_file(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::wrong_arguments(format!("{}: {error}", path.display()))
}

fn read(path: &Path) -> Result<Plan, Failure> {
    let text = fs::read_to_string(path).map_err(|error| of_file(path, &error))?;
    serde_json::from_str(&text).map_err(|error| of_file(path, &format!("no plan: {error}")))
}

/// Whoever deletes types the plan's id: it is the last chance to see that it is the wrong plan.
fn confirm(plan: &Plan, plan_id: Option<&str>) -> Result<(), Failure> {
    let typed = match plan_id {
        Some(id) => id.to_owned(),
        None if io::stdin().is_terminal() => {
            let mut to = anstream::stderr();
            writeln!(to, "{}", described(plan))?;
            write!(to, "Type the plan's id to delete these entries: ")?;
            to.flush()?;
            let mut typed = String::new();
            io::stdin().read_line(&mut typed)?;
            typed
        }
        None => {
            let message = "nobody is there to ask: give --plan-id with the plan's id";
            return Err(Failure::wrong_arguments(message));
        }
    };
    if typed.trim() == plan.id {
        return Ok(());
    }
    Err(Failure::refused(
        "that is not the plan's id: nothing is deleted",
    ))
}

/// On a terminal, entries done, their rate and the time that remains.
pub(super) fn progress(entries: u64) -> ProgressBar {
    let style =
        ProgressStyle::with_template("{bar:30} {human_pos}/{human_len}  {per_sec}  {eta} left");
    let progress = ProgressBar::new(entries);
    match style {
        Ok(style) => progress.with_style(style),
        Err(_) => progress,
    }
}

fn described(plan: &Plan) -> String {
    let mut text = format!("plan {}, as of {}", plan.id, plan.as_of.to_rfc3339());
    for policy in &plan.policies {
        let _ = write!(
            text,
            "\n{}: {} go, {} are on hold, {} are too young",
            policy.policy, policy.entries, policy.held, policy.too_young
        );
        if policy.archive_before.is_some() {
            let (moves, files) = (policy.to_archive, policy.files);
            let _ = write!(
                text,
                ", {moves} move to the archive, {files} of its files go"
            );
        }
    }
    text
}

fn one(hold: &PlacedHold) -> String {
    let mut text = format!("hold {} (entry {})", hold.id, hold.entry_id);
    let range = [
        ("type", hold.entity_type.clone()),
        ("id", hold.entity_id.clone()),
        ("by", actor(hold)),
        ("from", hold.from.map(|at| at.to_rfc3339())),
        ("until", hold.until.map(|at| at.to_rfc3339())),
    ];
    for (name, value) in range {
        if let Some(value) = value {
            let _ = write!(text, ", {name} {}", crate::export::escaped(&value));
        }
    }
    text
}

fn actor(hold: &PlacedHold) -> Option<String> {
    let (kind, id) = (hold.actor_kind.as_deref()?, hold.actor_id.as_deref()?);
    Some(crate::Actor::new(kind, id).short_form())
}
