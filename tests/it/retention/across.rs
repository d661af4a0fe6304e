//! Queries that read the log and the archive together.

mod budget;
mod children;
mod past;
mod spelling;

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use audit_runtime::{Actor, AuditContext, Budget, Entry, prelude::*};
use serde_json::json;
use tokio::{runtime::Handle, task::block_in_place};

use super::archive::{archive, everything, installed};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries},
};

on_every_backend!(
    an_archive_is_read_with_the_log,
    every_value_comes_back,
    a_heavy_entry_that_moves_while_it_is_read_is_found,
);

/// Every query has the same answer as before the entries moved, in either order and page by page.
async fn an_archive_is_read_with_the_log(database: &Database) {
    let (store, retention) = installed(database, 0).await;
    let db = &database.db;
    for round in 0..4 {
        let context = AuditContext::new(Actor::new("Admin", ["ann", "bob"][round % 2]))
            .session_id(format!("session {round}"));
        for visit in 0..5 {
            let audit = db.audited(&context);
            audit
                .record(Event::new("CAME").on("Visit", visit.to_string()))
                .await
                .unwrap();
            audit.record(Event::new("SAID")).await.unwrap();
        }
        if round < 3 {
            let before = entries(db).await;
            let since = before[0].timestamp;
            let changeset = before[3].changeset_id;
            let ann = Actor::new("Admin", "ann");
            let questions = || {
                [
                    History::all(),
                    History::all().newest_first(),
                    History::on("Visit", "2"),
                    History::on("Visit", "2")
                        .newest_first()
                        .session_id("session 0"),
                    History::all().actor(&ann),
                    History::all().action("CAME").newest_first(),
                    History::all().changeset(changeset),
                    History::all()
                        .since(since)
                        .until(since + Duration::from_secs(86_400)),
                    History::on("Visit", "none"),
                ]
            };
            let mut expected = Vec::new();
            for question in questions() {
                expected.push(all(question.across(&archive(&store)), database).await);
            }
            retention.run(db, &context).await.unwrap();
            for (question, expected) in questions().into_iter().zip(expected) {
                let found = all(question.clone().across(&archive(&store)), database).await;
                let found: Vec<_> = found
                    .into_iter()
                    .filter(|entry| entry.action != "PURGE")
                    .collect();
                let expected: Vec<_> = expected
                    .into_iter()
                    .filter(|entry| entry.action != "PURGE")
                    .collect();
                assert_eq!(found, expected, "{question:?}");
            }
        }
    }
}

/// Reads pages of three entries.
async fn all(question: History, database: &Database) -> Vec<Entry> {
    let (mut entries, mut next) = (Vec::new(), None);
    loop {
        let page = question.clone().page(&database.db, next, 3).await.unwrap();
        entries.extend(page.entries);
        next = page.next;
        if next.is_none() {
            return entries;
        }
    }
}

async fn every_value_comes_back(database: &Database) {
    let (store, retention) = installed(database, 0).await;
    let db = &database.db;
    let odd = [
        "plain",
        "",
        " blank ",
        "ünïcödé 🦀",
        "line\nbreak\t\"quoted\"",
        "a=b/c%d\\*?",
        "__HIVE_DEFAULT_PARTITION__",
        "null",
        "'; DROP TABLE audit_log; --",
    ];
    for text in odd {
        let context = AuditContext::new(Actor::new("Admin", "7").named(text))
            .reason(text)
            .user_agent(text)
            .session_id(text)
            .request_id(text)
            .tenant(text);
        let event = Event::new("CAME").on("Visit", text).with("n", json!({
            "deep": [[[{"a": text}]]], "big": u64::MAX, "small": -0.1, "exponent": 1.5e300, "null": null, "long": text.repeat(1000),
        }));
        db.audited(&context).record(event).await.unwrap();
    }
    let before = everything(database, &store).await;
    let report = retention.run(db, &context()).await.unwrap();
    assert_eq!(report.archived[0].entries, odd.len() as u64);
    let after = everything(database, &store).await;
    assert_eq!(after[..before.len()], before);
}

/// The entry leaves the log after the page was read without its values, and before the values are read.
async fn a_heavy_entry_that_moves_while_it_is_read_is_found(database: &Database) {
    let (store, retention) = installed(database, 1).await;
    let came = Event::new("CAME")
        .on("Visit", "heavy")
        .with("text", "x".repeat(100_000));
    database.db.audited(&context()).record(came).await.unwrap();
    let before = entries(&database.db).await;

    let mut reading = database.db.clone();
    let (moving, runtime) = (database.connect(|_| {}).await, Handle::current());
    let has_moved = Arc::new(AtomicBool::new(false));
    let is_moved = has_moved.clone();
    reading.set_metric_callback(move |info| {
        if info.statement.sql.contains("is_heavy") && !is_moved.swap(true, Ordering::SeqCst) {
            block_in_place(|| {
                runtime.block_on(async { retention.run(&moving, &context()).await.unwrap() })
            });
        }
    });
    let question = History::all().across(&archive(&store));
    let page = question.page_within(&reading, None, 50, Budget::new());
    let found = page.await.unwrap().entries;
    assert!(has_moved.load(Ordering::SeqCst));
    assert!(super::ids(database, "CAME").await.is_empty());
    assert_eq!(found, before);
}
