//! The coverage command: the list, and the comparison with a manifest.

use std::fs;

use audit_runtime::schema;
use sea_orm::DbBackend;
use serde_json::{Value as Json, json};

use super::{audit, command, lines, printed, refused};
use crate::{
    backend::{Database, on_every_backend},
    entities::{create_table, user},
    folder::Folder,
};

on_every_backend!(guards_are_in_the_manifest_of_a_database);

/// The exit code and the output of a run without a database.
fn run(arguments: &[&str]) -> (i32, String) {
    let output = command(arguments).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(said, "", "{arguments:?}");
    let code = output.status.code().unwrap();
    (code, String::from_utf8(output.stdout).unwrap())
}

#[test]
fn a_build_fails_when_less_is_kept() {
    let folder = Folder::new();
    let file = folder.file("audit-coverage.json");
    let (code, _) = run(&["coverage", "--write", &file]);
    assert_eq!(code, 0);
    let manifest = fs::read_to_string(&file).unwrap();
    let json: Json = serde_json::from_str(&manifest).unwrap();
    assert_eq!(json["entities"]["User"]["fields"]["phone"], "redact");
    // The entity is in the program but not in the list.
    assert_eq!(json["unaudited"], json!(["shop_audit::job"]));
    let (code, listed) = run(&["coverage"]);
    assert_eq!(code, 0);
    assert_eq!(serde_json::from_str::<Json>(&listed).unwrap(), json);
    let (_, listed) = run(&["coverage", "--format", "text"]);
    assert!(
        listed.starts_with("User, table users\n  key: id\n  record: logins, "),
        "{listed}"
    );
    assert!(
        listed.ends_with("\n\nNot audited: shop_audit::job\n"),
        "{listed}"
    );

    let check = ["coverage", "--check", &*file, "--format", "text"];
    assert_eq!(
        run(&check),
        (0, "Nothing differs from the manifest.\n".to_owned())
    );
    // Writing again gives the same file.
    assert_eq!(run(&["coverage", "--write", &file]).0, 0);
    assert_eq!(fs::read_to_string(&file).unwrap(), manifest);

    let mut edited = json.clone();
    edited["unaudited"] = json!([]);
    let user = &mut edited["entities"]["User"];
    user["fields"]["phone"] = "record".into();
    user["fields"].as_object_mut().unwrap().remove("logins");
    user["allowlists"] = json!({ "Patch": ["role"] });
    fs::write(&file, edited.to_string()).unwrap();
    let (code, told) = run(&check);
    let told: Vec<_> = told
        .lines()
        .map(|line| line.split_once(": ").unwrap())
        .collect();
    assert_eq!(code, 1);
    assert_eq!(told.len(), 4, "{told:?}");
    for (at, (weight, start)) in [
        ("Loosened", "User.logins is new, as record: "),
        ("Loosened", "User.phone was record and is redact: "),
        (
            "Loosened",
            "shop_audit::job has an entity that is not audited: ",
        ),
        ("Note", "User.Patch is gone: "),
    ]
    .into_iter()
    .enumerate()
    {
        assert_eq!(told[at].0, weight);
        assert!(told[at].1.starts_with(start), "{told:?}");
    }
    let (code, told) = run(&["coverage", "--check", &file]);
    let told: Json = serde_json::from_str(&told).unwrap();
    assert_eq!(
        (code, &told["differences"][1]["change"]),
        (1, &json!("EVIDENCE_LOST"))
    );

    // A stricter difference is reported, and does not fail the check.
    let mut edited = json.clone();
    edited["entities"]["User"]["allowlists"] = json!({ "Patch": ["role"] });
    fs::write(&file, edited.to_string()).unwrap();
    let (code, told) = run(&check);
    assert_eq!((code, told.lines().count()), (0, 1));
}

#[test]
fn a_manifest_that_cannot_be_read_is_said() {
    let folder = Folder::new();
    let file = folder.file("audit-coverage.json");
    let check = || refused(command(&["coverage", "--check", &file]).output().unwrap());
    let (code, message) = check();
    assert_eq!(code, 2);
    assert!(message.contains("audit-coverage.json: "), "{message}");
    fs::write(&file, "{ \"version\": 1, \"entities\": {").unwrap();
    let (code, message) = check();
    assert_eq!(code, 2);
    assert!(
        message.contains("audit-coverage.json: the coverage manifest is refused: EOF"),
        "{message}"
    );
    // `--write` does not overwrite it, because it may contain information that this run lacks.
    let written = command(&["coverage", "--write", &file]).output().unwrap();
    assert_eq!(refused(written).0, 2);
    let both = ["coverage", "--write", &*file, "--check", &*file];
    assert_eq!(refused(command(&both).output().unwrap()).0, 2);
    let nowhere = ["coverage", "--url", "postgres://me:s3cret@127.0.0.1:1/shop"];
    let (code, message) = refused(command(&nowhere).output().unwrap());
    assert_eq!(code, 3);
    assert!(!message.contains("s3cret"), "{message}");
}

async fn guards_are_in_the_manifest_of_a_database(database: &Database) {
    let db = &database.db;
    schema::install(db).await.unwrap();
    create_table(db, user::Entity).await.unwrap();
    let folder = Folder::new();
    let file = folder.file("audit-coverage.json");
    let guard = || {
        let manifest: Json = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
        manifest["entities"]["User"]["guard"].clone()
    };
    let write = ["coverage", "--write", &*file];
    run(&write);
    assert_eq!(guard(), Json::Null);
    lines(database, &["guard", "install", "--mode", "capture"]);
    printed(database, &write);
    assert_eq!(guard(), "capture");
    // Without a database, the guard stays in the manifest and is not compared.
    run(&write);
    assert_eq!(guard(), "capture");
    let check = ["coverage", "--check", &*file, "--format", "text"];
    let (code, told) = run(&check);
    assert_eq!(code, 0);
    assert!(
        told.starts_with("Note: User has a guard in the manifest"),
        "{told}"
    );
    assert_eq!(
        printed(database, &check),
        "Nothing differs from the manifest.\n"
    );

    let checked = || {
        let output = audit(database, &check);
        let told = String::from_utf8(output.stdout).unwrap();
        (output.status.code().unwrap(), told)
    };
    if db.get_database_backend() != DbBackend::MySql {
        lines(database, &["guard", "install", "--mode", "enforce"]);
        let (code, told) = checked();
        assert_eq!(code, 0);
        assert!(
            told.starts_with("Note: User had the guard capture, and has enforce: "),
            "{told}"
        );
    }
    lines(database, &["guard", "remove"]);
    let (code, told) = checked();
    assert_eq!(code, 1);
    assert!(
        told.starts_with("Loosened: User had the guard capture, and has none: install it with "),
        "{told}"
    );
}
