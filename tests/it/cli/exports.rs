//! Exports: complete files, and the entries that they leave.

use std::{fs, process::Stdio};

use audit_runtime::prelude::*;
use sha2::{Digest, Sha256};

use super::{audit, command, lines, refused};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install},
    folder::Folder,
};

on_every_backend!(
    a_file_is_whole_and_leaves_an_entry,
    without_an_entry_there_is_no_file,
    a_reader_may_stop,
);

async fn with_entries(database: &Database, count: usize) {
    install(&database.db).await.unwrap();
    let (db, context) = (&database.db, context());
    for _ in 0..count {
        let event = Event::new("SAID").on("Visit", "1");
        db.audited(&context).record(event).await.unwrap();
    }
}

async fn a_file_is_whole_and_leaves_an_entry(database: &Database) {
    // More than one page.
    with_entries(database, 250).await;
    let folder = Folder::new();
    let file = folder.file("visits.csv");
    let arguments = [
        "export", "--type", "Visit", "--format", "csv", "--output", &file, "--reason", "case 7",
    ];
    let output = audit(database, &arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");

    let written = fs::read_to_string(&file).unwrap();
    assert_eq!(written.lines().count(), 251);
    let digest = Sha256::digest(&written);
    let sha256: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    let checksum = fs::read_to_string(format!("{file}.sha256")).unwrap();
    assert_eq!(checksum, format!("{sha256}  visits.csv\n"));
    assert_eq!(folder.files(), ["visits.csv", "visits.csv.sha256"]);

    let entry = entries(&database.db).await.pop().unwrap();
    assert_eq!(entry.action, "EXPORT");
    assert_eq!(
        format!("{}:{}", entry.actor.kind(), entry.actor.id()),
        "Cli:jane@desk"
    );
    assert_eq!(entry.reason.as_deref(), Some("case 7"));
    let metadata = entry.metadata.unwrap();
    assert_eq!(metadata["entries"], 250);
    assert_eq!(metadata["file"], "visits.csv");
    assert_eq!(metadata["sha256"], sha256);
    assert_eq!(metadata["last_id"], 250);
    assert_eq!(metadata["query"]["type"], "Visit");

    // An existing file is not overwritten, and the attempt leaves no second entry.
    let (code, message) = refused(audit(database, &arguments));
    assert_eq!(code, 2);
    assert!(message.contains("visits.csv: exists already"), "{message}");
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
    assert_eq!(entries(&database.db).await.len(), 251);

    let printed = lines(
        database,
        &["export", "--by", "Cli:jane@desk", "--actor", "User:9"],
    );
    let actions: Vec<_> = printed.iter().map(|entry| &entry["action"]).collect();
    assert_eq!(
        actions,
        ["EXPORT"],
        "the entry of this export comes after what it exports"
    );
    let entry = entries(&database.db).await.pop().unwrap();
    assert_eq!((entry.action.as_str(), entry.actor.id()), ("EXPORT", "9"));
}

async fn without_an_entry_there_is_no_file(database: &Database) {
    with_entries(database, 3).await;
    let db = &database.db;
    let refuse = match db.get_database_backend() {
        sea_orm::DbBackend::Postgres => {
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
             CREATE TRIGGER refuse BEFORE INSERT ON audit_log FOR EACH ROW EXECUTE FUNCTION refuse()"
        }
        sea_orm::DbBackend::MySql => {
            "CREATE TRIGGER refuse BEFORE INSERT ON audit_log FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no'"
        }
        _ => "CREATE TRIGGER refuse BEFORE INSERT ON audit_log BEGIN SELECT RAISE(ABORT, 'no'); END",
    };
    database.execute(refuse).await;
    let folder = Folder::new();
    let (code, message) = refused(audit(
        database,
        &["export", "--output", &folder.file("all.jsonl")],
    ));
    assert_eq!(code, 3, "{message}");
    assert_eq!(folder.files(), Vec::<String>::new());
    let (code, _) = refused(audit(database, &["export"]));
    assert_eq!(code, 3);
}

async fn a_reader_may_stop(database: &Database) {
    // More than the buffer of a pipe.
    with_entries(database, 300).await;
    let mut child = command(&["log", "-n", "0"])
        .env("DATABASE_URL", database.url())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert_eq!(output.status.code(), Some(0));
}
