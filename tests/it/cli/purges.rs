//! Plans, approvals, purges and holds.

use std::fs;

use audit_runtime::prelude::*;
use serde_json::Value as Json;

use super::{audit, lines, printed, refused};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install},
    folder::Folder,
};

on_every_backend!(
    a_plan_is_purged_when_it_is_typed,
    two_persons,
    a_hold_is_placed_and_released
);

const POLICIES: &str = "
[[policy]]
name = 'visits'
document = 'SEC-12 v3'
types = ['Visit']
destroy_after = '0s'
# approved_by_two = true

[[policy]]
name = 'others'
document = 'SEC-12 v3'
keep = '365d'
";

/// Installs a log, and policies under which its visits are due at once.
async fn installed(database: &Database, policies: &str) -> Folder {
    let folder = Folder::new();
    fs::write(folder.file("policies.toml"), policies).unwrap();
    install(&database.db).await.unwrap();
    printed(
        database,
        &["install", "--policies", &folder.file("policies.toml")],
    );
    let (db, context) = (&database.db, context());
    for visit in 0..3 {
        let event = Event::new("CAME").on("Visit", visit.to_string());
        db.audited(&context).record(event).await.unwrap();
    }
    folder
}

fn plan(database: &Database, folder: &Folder, name: &str) -> Json {
    let (policies, plan) = (folder.file("policies.toml"), folder.file(name));
    lines(
        database,
        &["plan", "--policies", &policies, "--output", &plan],
    )
    .remove(0)
}

async fn a_plan_is_purged_when_it_is_typed(database: &Database) {
    let folder = installed(database, POLICIES).await;
    let planned = plan(database, &folder, "plan.json");
    assert_eq!(planned["policies"][0]["entries"], 3);
    let (policies, file) = (folder.file("policies.toml"), folder.file("plan.json"));
    let id = planned["id"].as_str().unwrap();
    let purge = |plan_id: &str| {
        let arguments = [
            "purge",
            &file,
            "--policies",
            &policies,
            "--plan-id",
            plan_id,
            "--pace",
            "1",
        ];
        audit(database, &arguments)
    };

    let (code, message) = refused(audit(database, &["purge", &file, "--policies", &policies]));
    assert_eq!(code, 2);
    assert!(message.contains("there is no terminal to ask"), "{message}");
    let (code, message) = refused(purge("another"));
    assert_eq!(
        (code, message.as_str()),
        (6, "audit: that is not the plan's id: nothing is deleted\n")
    );
    let came = async || {
        let entries = entries(&database.db).await;
        entries
            .iter()
            .filter(|entry| entry.action == "CAME")
            .count()
    };
    assert_eq!(came().await, 3);

    assert_eq!(purge(id).status.code(), Some(0));
    assert_eq!(came().await, 0);
    let purged = entries(&database.db).await.pop().unwrap();
    assert_eq!((&*purged.action, purged.actor.id()), ("PURGE", "jane@desk"));

    // The plan no longer matches the log.
    let (code, message) = refused(purge(id));
    assert_eq!(code, 6);
    assert!(message.contains("the plan is out of date"), "{message}");

    let (code, message) = refused(audit(
        database,
        &["plan", "--policies", &policies, "--output", &file],
    ));
    assert_eq!(code, 2, "a plan is not written over: {message}");
}

async fn two_persons(database: &Database) {
    let policies = POLICIES.replace("# approved", "approved");
    let folder = installed(database, &policies).await;
    let planned = plan(database, &folder, "plan.json");
    let (policies, file) = (folder.file("policies.toml"), folder.file("plan.json"));
    let id = planned["id"].as_str().unwrap();
    let purge = || {
        audit(
            database,
            &["purge", &file, "--policies", &policies, "--plan-id", id],
        )
    };

    let (code, message) = refused(purge());
    assert_eq!(code, 6, "{message}");
    printed(database, &["approve", &file, "--policies", &policies]);
    assert_eq!(refused(purge()).0, 6, "one's own approval does not count");
    let approve = [
        "approve",
        &file,
        "--policies",
        &policies,
        "--actor",
        "User:9",
    ];
    printed(database, &approve);
    assert_eq!(purge().status.code(), Some(0));
}

async fn a_hold_is_placed_and_released(database: &Database) {
    let folder = installed(database, POLICIES).await;
    let place = [
        "hold", "add", "--reason", "case 7", "--type", "Visit", "--id", "1",
    ];
    let placed = lines(database, &place).remove(0);
    assert_eq!(
        lines(database, &["hold", "list"])[..],
        *std::slice::from_ref(&placed)
    );
    let listed = printed(database, &["hold", "list", "--format", "text"]);
    assert!(listed.contains(", type \"Visit\", id \"1\""), "{listed}");
    let planned = plan(database, &folder, "held.json");
    assert_eq!(planned["policies"][0]["held"], 1);

    let id = placed["id"].to_string();
    printed(
        database,
        &["hold", "release", &id, "--reason", "case 7 is closed"],
    );
    assert_eq!(lines(database, &["hold", "list"]), Vec::<Json>::new());
    let (code, message) = refused(audit(
        database,
        &["hold", "release", &id, "--reason", "again"],
    ));
    assert_eq!(code, 2);
    assert!(message.contains("there is no hold"), "{message}");
    let released = entries(&database.db).await.pop().unwrap();
    assert_eq!(released.action, "RELEASE");
    assert_eq!(released.reason.as_deref(), Some("case 7 is closed"));
}
