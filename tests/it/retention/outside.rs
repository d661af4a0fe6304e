//! Archived entries outside the library: in DuckDB, and in a table.

use std::{fs, process::Command, time::Duration};

use audit_runtime::{
    Actor, AuditContext, Error,
    prelude::*,
    retention::{Archive, DAY, Retention},
};
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::{Value as Json, json};

use super::{ids, last, others, record, visits};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install},
    folder::Folder,
    tool,
};

on_every_backend!(
    duckdb_finds_what_the_log_had,
    a_span_comes_back_as_a_table,
    what_cannot_be_restored_is_refused,
);

const ODD: [&str; 7] = [
    "a=b/c d%41\\*?:x",
    "__HIVE_DEFAULT_PARTITION__",
    "ünïcödé 🦀\u{202e}",
    "two\nlines\t\"quoted\"",
    "Visit",
    "visit",
    "null",
];

const QUESTION: &str = r"
import duckdb, json, sys
rows = duckdb.sql('''
    SELECT id, entity_type, entity_id, action, actor_name, epoch_us(recorded_at), epoch_us(timestamp),
        lower(hex(changeset_id)), changes, metadata, policy, year, month
    FROM read_parquet($files, hive_partitioning = true, hive_types_autocast = false) ORDER BY id''',
    params={'files': sys.argv[1] + '/**/*.parquet'}).fetchall()
print(json.dumps(rows))
";

/// Moves entries about odd types to an archive.
async fn archived(database: &Database, folder: &Folder) -> Vec<audit_runtime::Entry> {
    let db = &database.db;
    install(db).await.unwrap();
    let archive = Archive::folder(&folder.0).unwrap().entries_per_file(3);
    let moving = others().hot(Duration::ZERO).keep(365 * DAY);
    let retention = Retention::new([moving]).unwrap().archive(archive).pace(1.0);
    retention.install(db, &context()).await.unwrap();
    let mut came = Vec::new();
    for text in ODD {
        let context = AuditContext::new(Actor::new("Admin", "7").named(text));
        let event = Event::new("CAME").on(text, text);
        let event = event.with("n", json!({"text": text, "number": 1.5, "none": null}));
        db.audited(&context).record(event).await.unwrap();
        came.push(entries(db).await.pop().unwrap());
    }
    let report = retention.run(db, &context()).await.unwrap();
    assert_eq!(report.archived.len(), ODD.len().div_ceil(3));
    came
}

async fn duckdb_finds_what_the_log_had(database: &Database) {
    if !tool::python_has("duckdb") {
        return;
    }
    let folder = Folder::new();
    let came = archived(database, &folder).await;
    let output = Command::new("python3")
        .args(["-c", QUESTION])
        .arg(&folder.0)
        .output()
        .unwrap();
    let problem = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{problem}");
    let rows: Vec<Vec<Json>> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(rows.len(), came.len());
    for (row, entry) in rows.iter().zip(&came) {
        let at = entry.recorded_at;
        let expected = [
            json!(entry.id),
            json!(entry.entity_type),
            json!(entry.entity_id),
            json!("CAME"),
            json!(entry.actor.name()),
            json!(at.timestamp_micros()),
            json!(entry.timestamp.timestamp_micros()),
            json!(entry.changeset_id.simple().to_string()),
        ];
        assert_eq!(row[..8], expected);
        assert_eq!(row[8], Json::Null);
        let metadata: Json = serde_json::from_str(row[9].as_str().unwrap()).unwrap();
        assert_eq!(Some(&metadata), entry.metadata.as_ref());
        assert_eq!(row[10], "others");
        assert_eq!(row[11], at.format("%Y").to_string());
        assert_eq!(row[12], at.format("%m").to_string());
    }
}

async fn a_span_comes_back_as_a_table(database: &Database) {
    let db = &database.db;
    let folder = Folder::new();
    let came = archived(database, &folder).await;
    let archive = Archive::folder(&folder.0).unwrap();
    let context = context().reason("case 17");
    let (from, until) = (
        came[0].recorded_at,
        came[6].recorded_at + TimeDelta::microseconds(1),
    );
    let restored = archive
        .restore("case_17", from..until, db, &context)
        .await
        .unwrap();
    assert_eq!(
        (&*restored.table, restored.entries),
        ("audit_restored_case_17", 7)
    );
    assert_eq!(restored.files.len(), 3);

    let sql = "SELECT id, entity_type FROM audit_restored_case_17 ORDER BY id";
    let rows = db.query_all_raw(Statement::from_string(database.backend(), sql));
    let rows = rows.await.unwrap();
    let found: Vec<(i64, String)> = rows
        .iter()
        .map(|row| {
            (
                row.try_get("", "id").unwrap(),
                row.try_get("", "entity_type").unwrap(),
            )
        })
        .collect();
    let expected = came
        .iter()
        .map(|entry| (entry.id, entry.entity_type.clone().unwrap()));
    assert_eq!(found, expected.collect::<Vec<_>>());

    let entry = last(database).await;
    assert_eq!(
        (&*entry.action, entry.reason.as_deref()),
        ("RESTORE", Some("case 17"))
    );
    let metadata = entry.metadata.unwrap();
    assert_eq!(metadata["table"], "audit_restored_case_17");
    assert_eq!(metadata["entries"], 7);
    assert_eq!(metadata["files"], json!(restored.files));

    // A part of the archive.
    let restored = archive
        .restore("part", came[2].recorded_at..until, db, &context)
        .await;
    assert!(restored.unwrap().entries <= 5);
}

async fn what_cannot_be_restored_is_refused(database: &Database) {
    let db = &database.db;
    let folder = Folder::new();
    let came = archived(database, &folder).await;
    let archive = Archive::folder(&folder.0).unwrap();
    let all = DateTime::<Utc>::UNIX_EPOCH..came[6].recorded_at + TimeDelta::seconds(1);
    for name in ["", "Case", "1st", "a-b", "x; DROP TABLE audit_log"] {
        let error = archive
            .restore(name, all.clone(), db, &context())
            .await
            .unwrap_err();
        assert!(matches!(error, Error::PolicyRefused { .. }), "{error}");
    }
    let before = DateTime::<Utc>::UNIX_EPOCH..came[0].recorded_at - TimeDelta::days(1);
    let error = archive
        .restore("case", before, db, &context())
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("the archive has nothing from"),
        "{error}"
    );

    // Again under the same name, and then from a missing file.
    archive
        .restore("case", all.clone(), db, &context())
        .await
        .unwrap();
    archive
        .restore("case", all.clone(), db, &context())
        .await
        .unwrap_err();
    let said = ids(database, "RESTORE").await.len();
    assert_eq!(said, 1);
    fs::remove_dir_all(folder.0.join("policy=others")).unwrap();
    let error = archive
        .restore("gone", all.clone(), db, &context())
        .await
        .unwrap_err();
    assert!(matches!(error, Error::ArchiveFailed { .. }), "{error}");
    let left = db
        .execute_unprepared("SELECT * FROM audit_restored_gone")
        .await;
    assert!(left.is_err());
    assert_eq!(ids(database, "RESTORE").await.len(), said);

    let nowhere = Retention::new([visits().hot(Duration::ZERO), others()]).unwrap();
    record(database, 1).await;
    let archive = Archive::at("s3://bucket/audit").map(|_| ()).unwrap_err();
    assert!(
        archive
            .to_string()
            .starts_with("the archive failed at the archive's URL"),
        "{archive}"
    );
    nowhere.run(db, &context()).await.unwrap_err();
}
