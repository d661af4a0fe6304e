//! Copies archived entries to a table, for an investigation in SQL.

use std::ops::Range;

use chrono::{DateTime, Utc};
use futures_util::TryStreamExt;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseConnection, DatabaseTransaction,
    EntityTrait, IntoActiveModel, Iterable, QueryFilter, QueryOrder, Value,
    sea_query::{Alias, Expr, Query},
};
use serde::Serialize;
use serde_json::json;

use super::{
    super::{
        check::refused,
        purge::said,
        transaction::{missing, transaction},
    },
    Archive, columns, file,
    manifest::{PURGED, VERIFIED},
};
use crate::{
    AuditContext, Error, Unit,
    audit_log::{self, Column as Log},
    dialect::timestamp,
    history::cold::file::{Column, Entity},
    schema::restored,
    write::EngineEvent,
};

/// A table with archived entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Restored {
    /// Its name.
    pub table: String,
    /// The number of entries.
    pub entries: u64,
    /// The files of these entries.
    pub files: Vec<String>,
}

impl Archive {
    /// Copies the archived entries that were recorded in a span of time to a new table, `audit_restored_<name>`, and
    /// leaves a RESTORE entry.
    ///
    /// The table has the columns of the log. The archive and the log do not change. Drop the table when the
    /// investigation ends. The account must be allowed to create tables.
    ///
    /// # Errors
    ///
    /// - [`Error::PolicyRefused`]: the name is not 1 to 40 of `a` to `z`, digits and `_`, a letter first, or the archive
    ///   has no file of that time.
    /// - [`Error::ArchiveFailed`]: a file cannot be read.
    /// - [`Error::RetentionMissing`], or an error of the database, for example if the table exists. Nothing is left
    ///   then.
    pub async fn restore(
        &self,
        name: &str,
        recorded: Range<DateTime<Utc>>,
        db: &DatabaseConnection,
        context: &AuditContext,
    ) -> Result<Restored, Error> {
        let is_name = name.starts_with(|first: char| first.is_ascii_lowercase())
            && name.len() <= 40
            && name
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !is_name {
            let problem = "a name must be 1 to 40 of a to z, digits and _, a letter first";
            return Err(refused("restore", problem));
        }
        let table = format!("audit_restored_{name}");
        let time = |at| timestamp(db.get_database_backend(), at);
        let files = Entity::find()
            .filter(Column::State.is_in([VERIFIED, PURGED]))
            .filter(Column::FirstAt.lt(time(recorded.end)))
            .filter(Column::LastAt.gte(time(recorded.start)))
            .order_by_asc(Column::FirstId)
            .all(db)
            .await
            .map_err(missing)?;
        if files.is_empty() {
            let problem = format!(
                "the archive has nothing from {} until {}",
                recorded.start, recorded.end
            );
            return Err(refused("restore", problem));
        }
        db.execute_unprepared(&restored::statement(&table)).await?;
        let filled = fill(self, &table, &recorded, &files, db, context).await;
        if filled.is_err() {
            // The first error is returned.
            let _ = db.execute_unprepared(&restored::removal(&table)).await;
        }
        filled
    }
}

async fn fill(
    archive: &Archive,
    table: &str,
    recorded: &Range<DateTime<Utc>>,
    files: &[crate::history::cold::file::Model],
    db: &DatabaseConnection,
    context: &AuditContext,
) -> Result<Restored, Error> {
    let unit = transaction(db, context).await?;
    let mut restored = Restored {
        table: table.to_owned(),
        entries: 0,
        files: Vec::new(),
    };
    for file in files {
        let failed = |error| Error::archive(&file.file, error);
        let mut batches = file::read(archive, &file.file, file.bytes).await?;
        while let Some(batch) = batches.try_next().await.map_err(failed)? {
            let rows = columns::models(&batch);
            let mut rows = rows.map_err(|error| Error::archive(&file.file, error))?;
            rows.retain(|row| recorded.contains(&row.recorded_at));
            for rows in rows.chunks(ROWS) {
                restored.entries += rows.len() as u64;
                insert(table, rows, &unit).await?;
            }
        }
        restored.files.push(file.file.clone());
    }
    let event = EngineEvent {
        action: "RESTORE",
        entity: None,
        reason: None,
        metadata: said([
            ("table", json!(table)),
            ("entries", json!(restored.entries)),
            ("files", json!(restored.files)),
            ("recorded_from", json!(recorded.start)),
            ("recorded_until", json!(recorded.end)),
        ]),
    };
    unit.record_of_engine(event).await?;
    unit.commit().await?;
    Ok(restored)
}

async fn insert(
    table: &str,
    rows: &[audit_log::Model],
    unit: &Unit<DatabaseTransaction>,
) -> Result<(), Error> {
    let backend = unit.get_database_backend();
    let mut insert = Query::insert();
    insert.into_table(Alias::new(table)).columns(Log::iter());
    for row in rows {
        let values = row.clone().into_active_model();
        let value = |column: Log| {
            Expr::val(match column {
                Log::Timestamp => timestamp(backend, row.timestamp),
                Log::RecordedAt => timestamp(backend, row.recorded_at),
                column => values
                    .get(column)
                    .into_value()
                    .unwrap_or(Value::String(None)),
            })
        };
        insert.values_panic(Log::iter().map(value));
    }
    unit.execute(&insert).await?;
    Ok(())
}

/// The number of rows in one statement, whose values stay below every database's limit.
const ROWS: usize = 500;
