//! The commands of retention: plans, their approval and execution, and the archive.

use std::{
    fmt::Write as _,
    fs,
    io::{self, IsTerminal, Write},
    path::Path,
};

use sea_orm::DatabaseConnection;
use serde_json::json;

#[cfg(feature = "archive")]
use super::progress::spinner;
use super::{
    failure::Failure,
    file::{create, of_file},
    output::Output,
    progress::{bar, watched},
};
#[cfg(feature = "archive")]
use crate::retention::Archive;
use crate::{
    AuditContext,
    retention::{Plan, Report, Retention},
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
    let progress = bar(entries.sum());
    let (retention, interrupt) = watched(retention, &progress);
    let report = retention.execute(db, context, &plan).await;
    progress.finish_and_clear();
    interrupt.abort();
    done(&report?, output)
}

/// Archives and deletes entries that have reached their age, without a plan.
#[cfg(feature = "archive")]
pub(super) async fn run(
    retention: Retention,
    db: &DatabaseConnection,
    context: &AuditContext,
    output: &mut Output,
) -> Result<(), Failure> {
    let progress = spinner();
    let (retention, interrupt) = watched(retention, &progress);
    let report = retention.run(db, context).await;
    progress.finish_and_clear();
    interrupt.abort();
    done(&report?, output)
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
    archive: &Archive,
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

fn read(path: &Path) -> Result<Plan, Failure> {
    let text = fs::read_to_string(path).map_err(|error| of_file(path, &error))?;
    serde_json::from_str(&text).map_err(|error| of_file(path, &format!("no plan: {error}")))
}

/// Asks for the plan's id: this is the last chance to notice a wrong plan.
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
            let message = "there is no terminal to ask: give --plan-id with the plan's id";
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
