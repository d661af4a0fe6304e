//! The command `export`: writes entries to a file, and records the export in the log.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use futures_util::TryStreamExt;
use sea_orm::DatabaseConnection;
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    arguments::OutputFormat,
    failure::Failure,
    file::{create, of_file},
    output::Output,
    progress::bar,
};
use crate::{
    AuditContext, ConnectionExt, History, settled::Horizon, text::hex, write::EngineEvent,
};

pub(super) struct Export {
    pub(super) history: History,
    pub(super) format: OutputFormat,
    pub(super) log: Uuid,
}

/// Writes to the standard output. The EXPORT entry is recorded first, because the reader may stop at any line.
pub(super) async fn to_standard_output(
    export: Export,
    db: &DatabaseConnection,
    context: &AuditContext,
) -> Result<(), Failure> {
    let mut output = Output::standard(Some(export.format), export.log);
    let settled = Horizon::after(0).look(db).await?;
    let metadata = described(&export.history, settled);
    record(metadata, db, context).await?;
    write(&export.history, settled, &mut output, db).await?;
    Ok(())
}

/// Writes a file. It gets its name only when it is complete and the EXPORT entry is recorded.
pub(super) async fn to_file(
    export: Export,
    path: &Path,
    db: &DatabaseConnection,
    context: &AuditContext,
    output: &mut Output,
) -> Result<(), Failure> {
    let checksum = beside(path, ".sha256");
    for path in [path, &checksum] {
        if path.exists() {
            return Err(of_file(path, &"exists already"));
        }
    }
    let unfinished = Unfinished(beside(path, ".part"));
    let file = create(&unfinished.0)?;
    let mut lines = Output::file(file.try_clone()?, export.format, export.log);
    let settled = Horizon::after(0).look(db).await?;
    let entries = write(&export.history, settled, &mut lines, db).await?;
    file.sync_all()?;

    let sha256 = sha256(&unfinished.0)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut metadata = described(&export.history, settled);
    metadata.insert("entries".to_owned(), entries.into());
    metadata.insert("file".to_owned(), name.as_ref().into());
    metadata.insert("sha256".to_owned(), sha256.as_str().into());
    record(metadata, db, context).await?;
    // In the form that `sha256sum --check` reads.
    writeln!(create(&checksum)?, "{sha256}  {name}")?;
    fs::rename(&unfinished.0, path)?;
    let json = json!({ "entries": entries, "file": path, "sha256": sha256 });
    let text = format!("{entries} entries in {}, sha256 {sha256}", path.display());
    output.result(&json, text)?;
    Ok(output.flush()?)
}

/// Writes the settled entries in order, and returns their number.
async fn write(
    history: &History,
    settled: i64,
    output: &mut Output,
    db: &DatabaseConnection,
) -> Result<u64, Failure> {
    let progress = bar(settled.unsigned_abs());
    let mut entries = history.clone().up_to_id(settled).stream(db);
    let mut written = 0;
    output.begin()?;
    while let Some(entry) = entries.try_next().await? {
        output.entry(&entry)?;
        progress.set_position(entry.id.unsigned_abs());
        written += 1;
    }
    output.flush()?;
    progress.finish_and_clear();
    Ok(written)
}

/// The query and its last id, for the metadata of the EXPORT entry.
fn described(history: &History, settled: i64) -> Map<String, Json> {
    let mut metadata = Map::new();
    metadata.insert("query".to_owned(), history.written().into());
    metadata.insert("last_id".to_owned(), settled.into());
    metadata
}

async fn record(
    metadata: Map<String, Json>,
    db: &DatabaseConnection,
    context: &AuditContext,
) -> Result<(), Failure> {
    let unit = db.audited(context).begin().await?;
    let event = EngineEvent {
        action: "EXPORT",
        entity: None,
        reason: None,
        metadata,
    };
    unit.record_of_engine(event).await?;
    Ok(unit.commit().await?)
}

fn sha256(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&digest.finalize())),
            read => digest.update(&buffer[..read]),
        }
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// A file that is removed on drop, unless it was renamed.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Fails if the file was renamed.
        let _ = fs::remove_file(&self.0);
    }
}
