//! The commands `install`, `doctor` and `guard`.

use std::path::Path;

use sea_orm::DatabaseConnection;
use serde_json::json;

use super::{arguments::Guard, failure::Failure, output::Output, policies};
use crate::{
    AuditContext,
    schema::{self, Dialect, Entities, doctor::Doctor, install_guards, remove_guards},
};

pub(super) fn print(dialect: Dialect, output: &mut Output) -> Result<(), Failure> {
    for statement in schema::statements(dialect) {
        output.text(format!("{statement};\n").as_bytes())?;
    }
    Ok(output.flush()?)
}

/// Installs the log, and retention if policies are given.
pub(super) async fn install(
    policies: Option<&Path>,
    db: &DatabaseConnection,
    context: &AuditContext,
    output: &mut Output,
) -> Result<(), Failure> {
    let retention = policies.map(policies::read).transpose()?;
    schema::install(db).await?;
    if let Some(retention) = retention {
        retention.install(db, context).await?;
    }
    output.result(&json!({ "installed": true }), "the audit log is installed")?;
    Ok(output.flush()?)
}

/// Prints the report of the doctor. Fails on any finding that is not a note.
pub(super) async fn doctor(
    doctor: Doctor,
    db: &DatabaseConnection,
    output: &mut Output,
) -> Result<(), Failure> {
    let report = doctor.examine(db).await?;
    output.result(&report, &report)?;
    output.flush()?;
    if report.is_healthy() {
        return Ok(());
    }
    Err(Failure::found())
}

pub(super) async fn guard(
    command: Guard,
    entities: &Entities,
    db: &DatabaseConnection,
    output: &mut Output,
) -> Result<(), Failure> {
    let number = entities.iter().count();
    match command {
        Guard::Collect => {
            let collected = schema::collect(db).await?;
            let text = format!("{collected} notes became entries");
            output.result(&json!({ "collected": collected }), text)?;
        }
        Guard::Install { .. } | Guard::Remove if number == 0 => {
            return Err(Failure::no_entities());
        }
        Guard::Install { mode } => {
            install_guards(db, entities, mode.into()).await?;
            output.result(
                &json!({ "guarded": number }),
                format!("{number} entities are guarded"),
            )?;
        }
        Guard::Remove => {
            remove_guards(db, entities).await?;
            let text = format!("{number} entities are no longer guarded");
            output.result(&json!({ "unguarded": number }), text)?;
        }
    }
    Ok(output.flush()?)
}
