//! Runs that are interrupted after any number of polls, or at any call of the archive's store.

use std::{sync::Arc, time::Duration};

use audit_runtime::{
    Entry,
    prelude::*,
    retention::{
        self, Archive, DAY, Hold, Policy, Retention,
        archive::object_store::{ObjectStore, memory::InMemory},
    },
};
use futures_util::TryStreamExt;
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{ConnectionTrait, Statement};
use tokio::{runtime::Handle, task::block_in_place};

use super::{failing::Failing, others, random::interrupted, visits};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install},
};

on_every_backend!(nothing_is_lost_or_kept_twice);

#[derive(Clone, Debug)]
struct Case {
    /// The visited rows.
    visits: Vec<u8>,
    held: Option<u8>,
    moving: Vec<Cut>,
    destroying: Vec<Cut>,
    entries_per_file: u64,
}

#[derive(Clone, Copy, Debug)]
pub enum Cut {
    /// The run is dropped after this many polls.
    Polls(usize),
    /// The store fails from this call on. With `is_done`, it carries out the call before it fails.
    Store { call: usize, is_done: bool },
}

pub fn cut() -> impl Strategy<Value = Cut> {
    prop_oneof![
        (1..120_usize).prop_map(Cut::Polls),
        (0..24_usize, any::<bool>()).prop_map(|(call, is_done)| Cut::Store { call, is_done }),
    ]
}

fn case() -> impl Strategy<Value = Case> {
    (
        prop::collection::vec(0..3_u8, 1..8),
        prop::option::of(0..3_u8),
        prop::collection::vec(cut(), 0..4),
        prop::collection::vec(cut(), 0..3),
        1..5_u64,
    )
        .prop_map(
            |(visits, held, moving, destroying, entries_per_file)| Case {
                visits,
                held,
                moving,
                destroying,
                entries_per_file,
            },
        )
}

async fn nothing_is_lost_or_kept_twice(database: &Database) {
    install(&database.db).await.unwrap();
    let config = Config {
        cases: 20,
        // A shrunk case would run on the state that the first one left.
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let result = block_in_place(|| {
        runner.run(&case(), |case| {
            Handle::current().block_on(check(database, &case));
            Ok(())
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

async fn check(database: &Database, case: &Case) {
    let db = &database.db;
    let store = Arc::new(InMemory::new());
    let moves = |store| with(case, visits().hot(Duration::ZERO).keep(365 * DAY), store);
    moves(store.clone()).install(db, &context()).await.unwrap();
    let first_id = entries(db).await.last().map_or(0, |entry| entry.id) + 1;
    for row in &case.visits {
        let visit = Event::new("CAME").on("Visit", row.to_string());
        db.audited(&context()).record(visit).await.unwrap();
    }
    let came = |entries: Vec<Entry>| {
        let came = entries.into_iter();
        let came = came.filter(|entry| entry.id >= first_id && entry.action == "CAME");
        came.collect::<Vec<_>>()
    };
    let before = came(entries(db).await);
    let hold = match case.held {
        Some(row) => {
            let hold = Hold::new("matter").row("Visit", row.to_string());
            Some(retention::hold(db, &context(), hold).await.unwrap())
        }
        None => None,
    };

    for cut in &case.moving {
        cut_off(*cut, &store, moves, database).await;
        assert_eq!(came(across(&store, database).await), before, "{case:?}");
    }
    let last = moves(store.clone()).run(db, &context()).await.unwrap();
    assert!(!last.is_archive_busy, "{case:?}");
    assert_eq!(came(across(&store, database).await), before, "{case:?}");
    let is_held = |entry: &&Entry| case.held.map(|row| row.to_string()) == entry.entity_id;
    let held: Vec<_> = before.iter().filter(is_held).cloned().collect();
    assert_eq!(came(entries(db).await), held, "{case:?}");
    let moved = (before.len() - held.len()) as i64;
    assert_eq!(listed(first_id, database).await, moved, "{case:?}");
    assert_eq!(told(first_id, "file", database).await, moved, "{case:?}");
    assert_stored(&store, first_id, database).await;

    if let Some(hold) = hold {
        retention::release(db, &context(), hold.id, "settled")
            .await
            .unwrap();
        moves(store.clone()).run(db, &context()).await.unwrap();
        assert_eq!(came(across(&store, database).await), before, "{case:?}");
        assert_stored(&store, first_id, database).await;
    }
    let all = before.len() as i64;
    assert_eq!(listed(first_id, database).await, all, "{case:?}");
    assert_eq!(told(first_id, "file", database).await, all, "{case:?}");

    let old = |store| with(case, visits().destroy_after(Duration::ZERO), store);
    for cut in &case.destroying {
        cut_off(*cut, &store, old, database).await;
    }
    old(store.clone()).run(db, &context()).await.unwrap();
    assert!(came(across(&store, database).await).is_empty(), "{case:?}");
    assert_eq!(
        told(first_id, "destroyed_file", database).await,
        all,
        "{case:?}"
    );
    assert_stored(&store, first_id, database).await;
}

fn with(case: &Case, visits: Policy, store: Arc<dyn ObjectStore>) -> Retention {
    let archive = Archive::new(store).entries_per_file(case.entries_per_file);
    let retention = Retention::new([visits, others()])
        .unwrap()
        .pace(1.0)
        .batch(2);
    // A worker may take over from an interrupted one at once.
    retention.archive(archive.lease(Duration::ZERO))
}

async fn cut_off(
    cut: Cut,
    store: &Arc<InMemory>,
    retention: impl Fn(Arc<dyn ObjectStore>) -> Retention,
    database: &Database,
) {
    let db = &database.db;
    match cut {
        Cut::Polls(polls) => {
            let retention = retention(store.clone());
            let context = context();
            interrupted(retention.run(db, &context), polls).await;
        }
        Cut::Store { call, is_done } => {
            let failing = Failing::after(call, is_done, store);
            // The run may end before that call.
            let _ = retention(Arc::new(failing)).run(db, &context()).await;
        }
    }
}

async fn across(store: &Arc<InMemory>, database: &Database) -> Vec<Entry> {
    let question = History::all().across(&Archive::new(store.clone()));
    question.stream(&database.db).try_collect().await.unwrap()
}

/// The number of entries in the listed files.
async fn listed(first_id: i64, database: &Database) -> i64 {
    let sql = format!(
        "SELECT entries FROM audit_archive WHERE state IN ('verified', 'purged') AND first_id >= {first_id}"
    );
    let rows = database
        .db
        .query_all_raw(Statement::from_string(database.backend(), sql));
    let rows = rows.await.unwrap();
    rows.iter()
        .map(|row| row.try_get::<i64>("", "entries").unwrap())
        .sum()
}

/// The number of entries according to the PURGE entries with this key.
async fn told(first_id: i64, key: &str, database: &Database) -> i64 {
    let entries = entries(&database.db).await.into_iter();
    let purges = entries.filter(|entry| entry.id >= first_id && entry.action == "PURGE");
    let told = purges.filter_map(|purge| {
        let metadata = purge.metadata?;
        metadata.get(key)?;
        metadata["entries"].as_i64()
    });
    told.sum()
}

/// Asserts that the store contains exactly the listed files and their descriptions.
pub async fn assert_stored(store: &Arc<InMemory>, first_id: i64, database: &Database) {
    let sql = format!(
        "SELECT file FROM audit_archive WHERE state IN ('verified', 'purged') AND first_id >= {first_id}"
    );
    let rows = database
        .db
        .query_all_raw(Statement::from_string(database.backend(), sql));
    let mut expected = Vec::new();
    for row in rows.await.unwrap() {
        let file: String = row.try_get("", "file").unwrap();
        expected.extend([format!("{file}.json"), file]);
    }
    let stored: Vec<_> = store.list(None).try_collect().await.unwrap();
    let stored = stored.into_iter().map(|object| object.location.to_string());
    let mut stored: Vec<_> = stored.collect();
    stored.sort();
    expected.sort();
    assert_eq!(stored, expected);
}
