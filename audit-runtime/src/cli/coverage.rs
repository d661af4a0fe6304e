//! The command `coverage`: lists what the log keeps, and compares it with a manifest.

use std::{fs, path::Path};

use sea_orm::DatabaseConnection;
use serde_json::json;

use super::{failure::Failure, file::of_file, output::Output};
use crate::{Error, coverage::Coverage, schema::Entities};

/// Returns the coverage, with guards if a database is given.
pub(super) async fn of(
    entities: &Entities,
    db: Option<&DatabaseConnection>,
) -> Result<Coverage, Failure> {
    if entities.iter().next().is_none() {
        return Err(Failure::no_entities());
    }
    Ok(match db {
        Some(db) => Coverage::with_guards(entities, db).await?,
        None => Coverage::of(entities),
    })
}

pub(super) fn list(coverage: &Coverage, output: &mut Output) -> Result<(), Failure> {
    output.result(coverage, coverage)?;
    Ok(output.flush()?)
}

/// Writes the manifest to a file. Facts that are not known now are kept from the existing file.
pub(super) fn write(coverage: Coverage, path: &Path, output: &mut Output) -> Result<(), Failure> {
    let coverage = match fs::exists(path).map_err(|error| of_file(path, &error))? {
        true => coverage.completed_by(&read(path)?),
        false => coverage,
    };
    fs::write(path, coverage.manifest()).map_err(|error| of_file(path, &error))?;
    let path = path.display().to_string();
    let text = format!("{path} has the coverage of today");
    output.result(&json!({ "written": path }), text)?;
    Ok(output.flush()?)
}

/// Prints the differences from a manifest. Fails if one is loosened.
pub(super) fn check(coverage: &Coverage, path: &Path, output: &mut Output) -> Result<(), Failure> {
    let differences = coverage.check(&read(path)?);
    output.result(&differences, &differences)?;
    output.flush()?;
    match differences.are_loosened() {
        true => Err(Failure::found()),
        false => Ok(()),
    }
}

fn read(path: &Path) -> Result<Coverage, Failure> {
    let text = fs::read_to_string(path).map_err(|error| of_file(path, &error))?;
    text.parse().map_err(|error: Error| of_file(path, &error))
}
