//! Entries that move to an archive, and files that are destroyed.

use std::{sync::Arc, time::Duration};

use audit_runtime::{
    Actor, AuditContext, Entry, Error, PastValue, Reason,
    prelude::*,
    retention::{
        self, Archive, DAY, Hold, Policy, Retention,
        archive::object_store::{ObjectStore, ObjectStoreExt, memory::InMemory, path::Path},
    },
};
use futures_util::TryStreamExt;
use serde_json::{Value as Json, json};

use super::{ids, last, others, record, visits};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install, new_user, user},
};

on_every_backend!(
    what_is_no_longer_hot_moves_to_a_file,
    an_archive_is_read_with_the_log,
    the_past_of_what_moved_is_in_the_archive,
    a_policy_with_an_archive_needs_one,
    what_is_in_no_file_keeps_its_floor,
    a_hold_keeps_entries_in_the_log,
    a_damaged_file_deletes_nothing,
    a_file_is_destroyed_by_an_entry,
    entries_on_hold_outlive_their_file,
    a_plan_counts_what_moves,
    states_only_go_forward,
    every_value_comes_back,
    a_file_holds_one_month,
    another_worker_waits,
);

/// By which visits move at once.
pub fn moving(store: &Arc<InMemory>) -> Retention {
    with(store, visits().hot(Duration::ZERO).keep(365 * DAY))
}

fn with(store: &Arc<InMemory>, visits: Policy) -> Retention {
    let archive = Archive::new(store.clone()).lease(Duration::ZERO);
    Retention::new([visits, others()])
        .unwrap()
        .archive(archive)
        .pace(1.0)
}

pub fn archive(store: &Arc<InMemory>) -> Archive {
    Archive::new(store.clone())
}

/// With so many visits, and as many other events.
async fn installed(database: &Database, visits: usize) -> (Arc<InMemory>, Retention) {
    install(&database.db).await.unwrap();
    let store = Arc::new(InMemory::new());
    let retention = moving(&store);
    retention.install(&database.db, &context()).await.unwrap();
    record(database, visits).await;
    (store, retention)
}

/// All entries of the log and the archive.
async fn everything(database: &Database, store: &Arc<InMemory>) -> Vec<Entry> {
    let question = History::all().across(&archive(store));
    question.stream(&database.db).try_collect().await.unwrap()
}

async fn files(store: &Arc<InMemory>) -> Vec<String> {
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

/// Every question has the answer that it had before entries moved, in either order and page by page.
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

/// By pages of three.
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

async fn the_past_of_what_moved_is_in_the_archive(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let store = Arc::new(InMemory::new());
    let users = Policy::new("users")
        .document("SEC-12")
        .types(["User"])
        .hot(Duration::ZERO)
        .keep(365 * DAY);
    let retention = with(&store, users);
    retention.install(db, &context()).await.unwrap();

    let audit_context = context();
    let audit = db.audited(&audit_context);
    let user = audit.insert(new_user("john")).await.unwrap();
    let created = History::of::<user::Entity>(user.id)
        .page(db, None, 1)
        .await
        .unwrap()
        .entries
        .remove(0);
    audit
        .update(user.id, user::AdminPatch::new().role("admin"))
        .await
        .unwrap();
    retention.run(db, &context()).await.unwrap();
    audit
        .update(user.id, user::AdminPatch::new().role("user"))
        .await
        .unwrap();

    let role = |past: Option<audit_runtime::Past<user::Entity>>| {
        past.unwrap().get(user::Column::Role).clone()
    };
    let alone = user::Entity::state_at(user.id, &created, db).await.unwrap();
    assert_eq!(role(alone), PastValue::Unknown(Reason::Archived));
    let across = archive(&store)
        .state_at::<user::Entity>(user.id, &created, db)
        .await
        .unwrap();
    assert_eq!(role(across), PastValue::Known("user".into()));
    let before = archive(&store).state_at::<user::Entity>(
        user.id,
        audit_runtime::Moment::before(&created),
        db,
    );
    assert!(before.await.unwrap().is_none());
}

async fn a_policy_with_an_archive_needs_one(database: &Database) {
    install(&database.db).await.unwrap();
    let without = Retention::new([visits().hot(DAY).keep(DAY), others()]).unwrap();
    without.install(&database.db, &context()).await.unwrap();
    let expected = "retention policy `visits`: its entries move to an archive, and there is none: add Retention::archive";
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

/// The database lets younger entries go only if a verified file covers them.
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

async fn a_damaged_file_deletes_nothing(database: &Database) {
    let (store, retention) = installed(database, 3).await;
    let hold = Hold::new("matter 1").entity_type("Visit");
    // The file is verified, and a hold comes before its entries leave the log.
    let placing = {
        let (db, runtime) = (database.db.clone(), tokio::runtime::Handle::current());
        let hold = std::sync::Mutex::new(Some(hold));
        move |_| {
            if let Some(hold) = hold.lock().unwrap().take() {
                let db = db.clone();
                tokio::task::block_in_place(|| {
                    runtime
                        .block_on(async { retention::hold(&db, &context(), hold).await.unwrap() })
                });
            }
            std::ops::ControlFlow::Continue(())
        }
    };
    let report = retention
        .clone()
        .after_batch(placing)
        .run(&database.db, &context())
        .await
        .unwrap();
    let [archived] = &report.archived[..] else {
        panic!("{report:?}")
    };
    assert_eq!(report.purged(), 0);
    let path = Path::from(&*archived.file);
    let good = store.get(&path).await.unwrap().bytes().await.unwrap();
    let mut bad = good.to_vec();
    bad[20] ^= 1;
    store.put(&path, bad.into()).await.unwrap();
    for hold in retention::holds(&database.db).await.unwrap() {
        retention::release(&database.db, &context(), hold.id, "settled")
            .await
            .unwrap();
    }
    let error = retention.run(&database.db, &context()).await.unwrap_err();
    assert!(matches!(error, Error::ArchiveDiffers { .. }), "{error}");
    assert_eq!(ids(database, "CAME").await.len(), 3);
    store
        .put(&path, good.slice(..good.len() - 1).into())
        .await
        .unwrap();
    let error = retention.run(&database.db, &context()).await.unwrap_err();
    assert!(error.to_string().contains("bytes, not"), "{error}");

    store.put(&path, good.into()).await.unwrap();
    let report = retention.run(&database.db, &context()).await.unwrap();
    assert_eq!((report.purged(), report.archived.len()), (3, 0));
    assert!(ids(database, "CAME").await.is_empty());
}

async fn a_file_is_destroyed_by_an_entry(database: &Database) {
    let (store, retention) = installed(database, 2).await;
    let newest = ids(database, "CAME").await[1];
    let report = retention.run(&database.db, &context()).await.unwrap();
    let file = report.archived[0].file.clone();
    // Ages are seconds of the database's clock; another policy of the same name finds the file old.
    let old = with(&store, visits().destroy_after(Duration::ZERO));
    let plan = old.plan(&database.db).await.unwrap();
    assert_eq!(plan.policies[0].files, 1);
    let report = old.run(&database.db, &context()).await.unwrap();
    let [destroyed] = &report.destroyed[..] else {
        panic!("{report:?}")
    };
    assert_eq!((&*destroyed.file, destroyed.entries), (&*file, 2));
    assert_eq!(destroyed.kept_in, None);
    assert!(files(&store).await.is_empty());
    let purge = last(database).await;
    assert_eq!(purge.action, "PURGE");
    let metadata = purge.metadata.unwrap();
    assert_eq!(metadata["destroyed_file"], file);
    assert_eq!(metadata["entries"], 2);
    assert_eq!(metadata["destroyed"]["Visit"]["id"], newest);
    let left = everything(database, &store).await;
    assert!(left.iter().all(|entry| entry.action != "CAME"));
}

async fn entries_on_hold_outlive_their_file(database: &Database) {
    let (store, retention) = installed(database, 4).await;
    let before = everything(database, &store).await;
    retention.run(&database.db, &context()).await.unwrap();
    let hold = Hold::new("matter 1").row("Visit", "2");
    let hold = retention::hold(&database.db, &context(), hold)
        .await
        .unwrap();
    let old = with(&store, visits().destroy_after(Duration::ZERO));
    let report = old.run(&database.db, &context()).await.unwrap();
    assert_eq!(report.destroyed[0].entries, 3);
    let kept_in = report.destroyed[0].kept_in.clone().unwrap();
    assert!(files(&store).await.contains(&kept_in));

    let came = |entries: Vec<Entry>| {
        let came = entries.into_iter().filter(|entry| entry.action == "CAME");
        came.collect::<Vec<_>>()
    };
    let held = came(before).remove(2);
    assert_eq!(
        came(everything(database, &store).await),
        std::slice::from_ref(&held)
    );
    let again = old.run(&database.db, &context()).await.unwrap();
    assert!(again.destroyed.is_empty());
    assert_eq!(came(everything(database, &store).await), [held]);

    retention::release(&database.db, &context(), hold.id, "settled")
        .await
        .unwrap();
    let report = old.run(&database.db, &context()).await.unwrap();
    assert_eq!(
        (&*report.destroyed[0].file, report.destroyed[0].entries),
        (&*kept_in, 1)
    );
    assert!(files(&store).await.is_empty());
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
            .contains("by policy `visits` 0 entries move to the archive, not 2"),
        "{error}"
    );
}

async fn states_only_go_forward(database: &Database) {
    let (_, retention) = installed(database, 1).await;
    retention.run(&database.db, &context()).await.unwrap();
    for statement in [
        "UPDATE audit_archive SET state = 'writing'",
        "UPDATE audit_archive SET state = 'verified'",
        "UPDATE audit_archive SET state = 'destroyed'",
        "UPDATE audit_archive SET state = 'destroying'",
        "UPDATE audit_archive SET state = 'destroying', purge_id = 1",
        "UPDATE audit_archive SET sha256 = 'x'",
        "UPDATE audit_archive SET file = 'x'",
        "UPDATE audit_archive SET last_id = 1000",
        "DELETE FROM audit_archive",
        "INSERT INTO audit_archive SELECT 'x', policy, 'verified', worker, lease_until, first_id, last_id, first_at, last_at, entries, bytes, sha256, purge_id FROM audit_archive",
    ] {
        let done = sea_orm::ConnectionTrait::execute_unprepared(&database.db, statement).await;
        assert!(done.is_err(), "{statement}");
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

async fn another_worker_waits(database: &Database) {
    let (store, _) = installed(database, 3).await;
    let policies = || [visits().hot(Duration::ZERO).keep(365 * DAY), others()];
    let patient = || {
        Retention::new(policies())
            .unwrap()
            .archive(archive(&store))
            .pace(1.0)
    };
    let other = {
        let (db, runtime) = (database.db.clone(), tokio::runtime::Handle::current());
        let retention = patient();
        let reports = Arc::new(std::sync::Mutex::new(Vec::new()));
        let found = reports.clone();
        let call = move |_| {
            let report = tokio::task::block_in_place(|| {
                runtime.block_on(async { retention.run(&db, &context()).await.unwrap() })
            });
            reports.lock().unwrap().push(report);
            std::ops::ControlFlow::Continue(())
        };
        let report = patient()
            .after_batch(call)
            .run(&database.db, &context())
            .await
            .unwrap();
        assert_eq!(report.archived.len(), 1);
        let found = found.lock().unwrap();
        found.clone()
    };
    assert!(
        other[0].is_archive_busy && other[0].archived.is_empty(),
        "{other:?}"
    );
    let came = everything(database, &store).await;
    assert_eq!(
        came.iter().filter(|entry| entry.action == "CAME").count(),
        3
    );
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    let digest = Sha256::digest(bytes);
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}
