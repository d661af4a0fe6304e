//! Entries that move to an archive, and the destruction of files.

mod states;

use std::{sync::Arc, time::Duration};

use audit_runtime::{
    Entry,
    prelude::*,
    retention::{
        self, Archive, DAY, Hold, Policy, Retention,
        archive::object_store::{ObjectStore, ObjectStoreExt, memory::InMemory, path::Path},
    },
};
use futures_util::TryStreamExt;
use serde_json::{Value as Json, json};

use self::states::sha256;
use super::{ids, last, others, record, visits};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install},
};

on_every_backend!(
    what_is_no_longer_hot_moves_to_a_file,
    a_policy_with_an_archive_needs_one,
    what_is_in_no_file_keeps_its_floor,
    a_hold_keeps_entries_in_the_log,
    a_plan_counts_what_moves,
    a_file_holds_one_month
);

/// A retention under which visits move at once.
pub fn moving(store: &Arc<InMemory>) -> Retention {
    with(store, visits().hot(Duration::ZERO).keep(365 * DAY))
}

pub fn with(store: &Arc<InMemory>, visits: Policy) -> Retention {
    let archive = Archive::new(store.clone()).lease(Duration::ZERO);
    Retention::new([visits, others()])
        .unwrap()
        .archive(archive)
        .pace(1.0)
}

pub fn archive(store: &Arc<InMemory>) -> Archive {
    Archive::new(store.clone())
}

/// Installs it, with this many visits and as many other events.
pub async fn installed(database: &Database, visits: usize) -> (Arc<InMemory>, Retention) {
    install(&database.db).await.unwrap();
    let store = Arc::new(InMemory::new());
    let retention = moving(&store);
    retention.install(&database.db, &context()).await.unwrap();
    record(database, visits).await;
    (store, retention)
}

/// All entries of the log and the archive.
pub async fn everything(database: &Database, store: &Arc<InMemory>) -> Vec<Entry> {
    let question = History::all().across(&archive(store));
    question.stream(&database.db).try_collect().await.unwrap()
}

pub async fn files(store: &Arc<InMemory>) -> Vec<String> {
    let objects: Vec<_> = store.list(None).try_collect().await.unwrap();
    let mut names: Vec<_> = objects
        .into_iter()
        .map(|object| object.location.to_string())
        .collect();
    names.sort();
    names
}

async fn what_is_no_longer_hot_moves_to_a_file(database: &Database) {
    let (store, retention) = installed(database, 3).await;
    let came = ids(database, "CAME").await;
    let before = entries(&database.db).await;

    let report = retention.run(&database.db, &context()).await.unwrap();
    let [archived] = &report.archived[..] else {
        panic!("{report:?}")
    };
    assert_eq!(
        (archived.entries, archived.first_id, archived.last_id),
        (3, came[0], came[2])
    );
    assert_eq!(report.purged(), 3);
    assert!(report.destroyed.is_empty() && !report.is_archive_busy);

    let at = before[0].recorded_at.format("year=%Y/month=%m");
    let file = format!("policy=visits/{at}/{}-{}.parquet", came[0], came[2]);
    assert_eq!(archived.file, file);
    assert_eq!(files(&store).await, [file.clone(), format!("{file}.json")]);
    let bytes = store
        .get(&Path::from(&*file))
        .await
        .unwrap()
        .bytes()
        .await
        .unwrap();
    assert_eq!(bytes.len() as u64, archived.bytes);
    let described = store
        .get(&Path::from(format!("{file}.json")))
        .await
        .unwrap();
    let described: Json = serde_json::from_slice(&described.bytes().await.unwrap()).unwrap();
    assert_eq!(described["policy"], "visits");
    assert_eq!(described["entries"], 3);
    assert_eq!(described["sha256"], sha256(&bytes));

    assert!(ids(database, "CAME").await.is_empty());
    assert_eq!(ids(database, "SAID").await.len(), 3);
    let metadata = last(database).await.metadata.unwrap();
    assert_eq!(metadata["file"], file);
    assert_eq!(metadata["file_sha256"], sha256(&bytes));
    assert_eq!(metadata["entries"], 3);
    assert_eq!(metadata["destroyed"], json!({}));

    let again = retention.run(&database.db, &context()).await.unwrap();
    assert!(
        again.archived.is_empty() && again.purged() == 0,
        "{again:?}"
    );
    record(database, 1).await;
    let next = retention.run(&database.db, &context()).await.unwrap();
    assert_eq!(next.archived.len(), 1);
}

async fn a_policy_with_an_archive_needs_one(database: &Database) {
    install(&database.db).await.unwrap();
    let without = Retention::new([visits().hot(DAY).keep(DAY), others()]).unwrap();
    without.install(&database.db, &context()).await.unwrap();
    let expected = "retention policy `visits`: its entries move to an archive, but this retention has none: add Retention::archive";
    let error = without.run(&database.db, &context()).await.unwrap_err();
    assert_eq!(error.to_string(), expected);
    assert_eq!(
        without.plan(&database.db).await.unwrap_err().to_string(),
        expected
    );
    for (policy, expected) in [
        (
            visits().hot(3 * DAY).destroy_after(2 * DAY),
            "entries would move to the archive after 3 days, though they are destroyed after 2 days",
        ),
        (
            visits().hot(30 * DAY).regime(retention::Regime::PciDss),
            "entries would move to the archive after 30 days, but PciDss demands 92 days at hand",
        ),
    ] {
        let error = Retention::new([policy, others()]).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("retention policy `visits`: {expected}")
        );
    }
}

/// The database allows the deletion of younger entries only if a verified file covers them.
async fn what_is_in_no_file_keeps_its_floor(database: &Database) {
    let (store, retention) = installed(database, 2).await;
    let eager = Retention::new([visits().destroy_after(Duration::ZERO), others()]).unwrap();
    let error = eager.run(&database.db, &context()).await.unwrap_err();
    assert!(
        error.to_string().contains("younger than its floor"),
        "{error}"
    );
    assert_eq!(ids(database, "CAME").await.len(), 2);
    retention.run(&database.db, &context()).await.unwrap();
    assert!(ids(database, "CAME").await.is_empty());
    assert!(!files(&store).await.is_empty());
}

async fn a_hold_keeps_entries_in_the_log(database: &Database) {
    let (store, retention) = installed(database, 3).await;
    let held = ids(database, "CAME").await[1];
    let hold = Hold::new("matter 1").row("Visit", "1");
    let hold = retention::hold(&database.db, &context(), hold)
        .await
        .unwrap();
    let report = retention.run(&database.db, &context()).await.unwrap();
    assert_eq!(report.archived[0].entries, 2);
    assert_eq!(ids(database, "CAME").await, [held]);

    retention::release(&database.db, &context(), hold.id, "settled")
        .await
        .unwrap();
    let report = retention.run(&database.db, &context()).await.unwrap();
    assert_eq!(report.archived[0].entries, 1);
    let came = everything(database, &store).await;
    assert_eq!(
        came.iter().filter(|entry| entry.action == "CAME").count(),
        3
    );
}

async fn a_plan_counts_what_moves(database: &Database) {
    let (store, retention) = installed(database, 2).await;
    let plan = retention.plan(&database.db).await.unwrap();
    assert_eq!(
        (plan.policies[0].to_archive, plan.policies[0].entries),
        (2, 0)
    );
    assert!(files(&store).await.is_empty());
    record(database, 1).await;
    let report = retention
        .execute(&database.db, &context(), &plan)
        .await
        .unwrap();
    assert_eq!(report.archived[0].entries, 2);
    assert_eq!(ids(database, "CAME").await.len(), 1);
    let error = retention
        .execute(&database.db, &context(), &plan)
        .await
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("by policy `visits`, 0 entries move to the archive, not 2"),
        "{error}"
    );
}

async fn a_file_holds_one_month(database: &Database) {
    let (store, retention) = installed(database, 5).await;
    let archive = Archive::new(store.clone()).entries_per_file(2);
    let retention = retention.archive(archive).batch(1);
    let before = everything(database, &store).await;
    let report = retention.run(&database.db, &context()).await.unwrap();
    let sizes: Vec<_> = report
        .archived
        .iter()
        .map(|archived| archived.entries)
        .collect();
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(report.purged(), 5);
    assert_eq!(everything(database, &store).await[..before.len()], before);
}
