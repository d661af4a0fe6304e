//! The archive from the command line.

use std::fs;

use audit_runtime::prelude::*;

use super::{audit, lines, printed, refused};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install},
    folder::Folder,
};

on_every_backend!(entries_move_and_are_read);

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
        message.contains("there is none: add Retention::archive"),
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
