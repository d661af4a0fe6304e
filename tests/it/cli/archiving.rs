//! The archive from the command line.

use std::fs;

use audit_runtime::{encode::Encoded, prelude::*};

use super::{audit, lines, printed, refused};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install, new_user},
    folder::Folder,
};

on_every_backend!(entries_move_and_are_read, a_person_is_erased);

const POLICIES: &str = "
[[policy]]
name = 'visits'
document = 'SEC-12 v3'
types = ['Visit']
hot = '0s'
keep = '365d'

[[policy]]
name = 'others'
document = 'SEC-12 v3'
keep = '365d'
";

async fn entries_move_and_are_read(database: &Database) {
    let folder = Folder::new();
    let policies = folder.file("policies.toml");
    fs::write(&policies, POLICIES).unwrap();
    let archive = format!("file://{}", folder.file("archive"));
    install(&database.db).await.unwrap();
    printed(database, &["install", "--policies", &policies]);
    for visit in 0..3 {
        let event = Event::new("CAME").on("Visit", visit.to_string());
        database.db.audited(&context()).record(event).await.unwrap();
    }

    let run = ["archive", "--policies", &policies, "--pace", "1"];
    let (code, message) = refused(audit(database, &run));
    assert_eq!(code, 2);
    assert!(
        message.contains("has none: add Retention::archive"),
        "{message}"
    );

    let archived = [&run[..], &["--archive", &archive, "--reason", "nightly"]].concat();
    let report = lines(database, &archived).remove(0);
    assert_eq!(report["archived"][0]["entries"], 3);
    let text = printed(database, &[&archived[..], &["--format", "text"]].concat());
    assert_eq!(text, "0 entries left the log\n");
    let purge = entries(&database.db).await.pop().unwrap();
    assert_eq!(
        (&*purge.action, purge.reason.as_deref()),
        ("PURGE", Some("nightly"))
    );

    let history = ["history", "Visit", "1"];
    assert!(lines(database, &history).is_empty());
    let found = lines(database, &[&history[..], &["--archive", &archive]].concat());
    assert_eq!(found.len(), 1);
    assert_eq!(found[0]["action"], "CAME");
    let all = lines(
        database,
        &["log", "-n", "0", "--action", "CAME", "--archive", &archive],
    );
    assert_eq!(all.len(), 3);

    let restore = [
        "restore", "visits", "--since", "-1d", "--until", "-0s", "--reason", "case 17",
    ];
    let (code, message) = refused(audit(database, &restore));
    assert_eq!(
        (code, &*message),
        (2, "audit: there is no archive: give --archive\n")
    );
    let restored = lines(database, &[&restore[..], &["--archive", &archive]].concat()).remove(0);
    assert_eq!(
        (&restored["table"], &restored["entries"]),
        (&"audit_restored_visits".into(), &3.into())
    );
}

async fn a_person_is_erased(database: &Database) {
    let folder = Folder::new();
    let policies = folder.file("policies.toml");
    fs::write(&policies, POLICIES).unwrap();
    install(&database.db).await.unwrap();
    printed(database, &["install", "--policies", &policies]);
    let context = context();
    let insert = async || database.db.audited(&context).insert(new_user("eve")).await;
    let user = insert().await.unwrap();
    let id = user.id.to_string();
    let erase = ["erase", "--policies", &policies, "--reason", "request 42"];
    let visit = [&erase[..], &["--type", "Visit", "--id", "1"]].concat();
    let (code, message) = refused(audit(database, &visit));
    assert_eq!(code, 2);
    assert!(message.contains("give --field"), "{message}");
    let (code, message) = refused(audit(database, &[&erase[..], &["--type", "User"]].concat()));
    assert_eq!(code, 2);
    assert!(message.contains("--id <ID>"), "{message}");

    let user = [&erase[..], &["--type", "User", "--id", &id]].concat();
    let text = printed(database, &[&user[..], &["--format", "text"]].concat());
    assert_eq!(text, "1 entry of the log is erased\n");
    let all = entries(&database.db).await;
    let created = all.iter().find(|entry| entry.action == "CREATE").unwrap();
    assert_eq!(created.entity_label, None);
    assert_eq!(
        created.changes.get("username").unwrap().after,
        Some(Encoded::Erased)
    );
    let of_visits = [&visit[..], &["--field", "place"]].concat();
    let report = lines(database, &of_visits).remove(0);
    assert_eq!(report["entries"], 0);
    let report = lines(database, &[&erase[..], &["--by", "Admin:7"]].concat()).remove(0);
    assert_eq!(
        (&report["entries"], &report["held"]),
        (&1.into(), &0.into())
    );
}
