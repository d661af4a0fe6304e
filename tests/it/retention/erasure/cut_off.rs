//! Erasures that are interrupted after any number of polls, or at any call of the archive's store.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicI32, AtomicU64, Ordering},
    },
};

use audit_runtime::{
    Actor, Entry,
    prelude::*,
    retention::{Erasure, archive::object_store::memory::InMemory},
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::IntoActiveModel;
use serde_json::{Value as Json, json};
use tokio::{runtime::Handle, task::block_in_place};

use super::{
    super::{
        archive::files,
        cut_off::{Cut, assert_stored, cut},
        failing::Failing,
        random::interrupted,
    },
    PERSONAL,
    archived::across,
    doctor, patient, prepare, retention, text,
};
use crate::{
    backend::{Database, on_every_backend},
    entities::context,
};

on_every_backend!(
    what_was_cut_off_is_done_by_the_next,
    it_ends_where_the_caller_says
);

const UNERASED: &str = "jim";

async fn what_was_cut_off_is_done_by_the_next(database: &Database) {
    let (store, _) = prepare(database).await;
    let patients = AtomicI32::new(10);
    let config = Config {
        cases: 16,
        // A shrunk case would run on the state that the first one left.
        max_shrink_iters: 0,
        failure_persistence: None,
        ..Config::default()
    };
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let case = (any::<bool>(), prop::collection::vec(cut(), 1..4));
    let result = block_in_place(|| {
        runner.run(&case, |(is_archived, cuts)| {
            let id = patients.fetch_add(1, Ordering::Relaxed);
            Handle::current().block_on(check(database, &store, id, is_archived, &cuts));
            Ok(())
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

async fn check(
    database: &Database,
    store: &Arc<InMemory>,
    id: i32,
    is_archived: bool,
    cuts: &[Cut],
) {
    let db = &database.db;
    let intact = retention(store.clone());
    came(database, id).await;
    if is_archived {
        intact.run(db, &context()).await.unwrap();
    }
    let audit_context = doctor();
    let back = patient::Patch::new().name("jane").ward("west");
    db.audited(&audit_context).update(id, back).await.unwrap();

    let erasure = || Erasure::about::<patient::Entity>(id, "request 44");
    let before = of(&across(database, store).await, id);
    for cut in cuts {
        match *cut {
            Cut::Polls(polls) => {
                let context = context();
                interrupted(intact.erase(db, &context, erasure()), polls).await;
            }
            Cut::Store { call, is_done } => {
                let failing = retention(Arc::new(Failing::after(call, is_done, store)));
                // The erasure may end before that call.
                let _ = failing.erase(db, &context(), erasure()).await;
            }
        }
        let now = of(&across(database, store).await, id);
        assert_eq!(kept(&now), kept(&before), "{id} {cuts:?}");
    }
    let erased = intact.erase(db, &context(), erasure()).await.unwrap();
    assert!(!erased.is_ended_early && !erased.is_archive_busy);
    let all = across(database, store).await;
    let now = of(&all, id);
    assert_eq!(kept(&now), kept(&before), "{id} {cuts:?}");
    let told = text(&now).replace("jane called", "");
    for value in PERSONAL {
        assert!(!told.contains(value), "{id} {cuts:?} {value}: {told}");
    }
    assert!(text(&all).contains(UNERASED));
    // Each entry lost its values once, and one ERASE entry says so.
    let erases = all.iter().filter(|entry| {
        entry.action == "ERASE" && entry.entity_id.as_deref() == Some(&*id.to_string())
    });
    let told: u64 = erases
        .map(|erase| {
            erase.metadata.as_ref().unwrap()["entries"]
                .as_u64()
                .unwrap()
        })
        .sum();
    assert_eq!(told, before.len() as u64, "{id} {cuts:?}");

    // The next run removes what was left.
    intact.run(db, &context()).await.unwrap();
    assert_stored(store, 1, database).await;
    let last = of(&across(database, store).await, id);
    assert_eq!(last, now, "{id} {cuts:?}");
}

/// A patient with the entries of an insert and of an update.
async fn came(database: &Database, id: i32) {
    let context = doctor();
    let audit = database.db.audited(&context);
    let row = patient::Model {
        id,
        name: "jane".to_owned(),
        telephone: Some("555-1".to_owned()),
        ward: UNERASED.to_owned(),
        plan: json!({ "dose": 0.1 }),
        diagnosis: None,
    };
    audit.insert(row.into_active_model()).await.unwrap();
    let patch = patient::Patch::new().name("joan").telephone("555-2");
    audit.update(id, patch).await.unwrap();
}

fn of(entries: &[Entry], id: i32) -> Vec<Entry> {
    let of = |entry: &&Entry| {
        entry.entity_id.as_deref() == Some(&*id.to_string()) && entry.action != "ERASE"
    };
    entries.iter().filter(of).cloned().collect()
}

/// The parts of entries that no erasure changes.
fn kept(entries: &[Entry]) -> Vec<Json> {
    let kept = |entry: &Entry| {
        let mut json = serde_json::to_value(entry).unwrap();
        json["entity_label"] = Json::Null;
        for part in ["changes", "before", "after"] {
            if let Some(fields) = json.get_mut(part).and_then(Json::as_object_mut) {
                fields.retain(|field, _| field != "name" && field != "telephone");
            }
        }
        if let Some(difference) = json.get_mut("diff").and_then(Json::as_array_mut) {
            difference.retain(|field| field["field"] != "name" && field["field"] != "telephone");
        }
        json
    };
    entries.iter().map(kept).collect()
}

async fn it_ends_where_the_caller_says(database: &Database) {
    let db = &database.db;
    let (store, retention) = prepare(database).await;
    retention.run(db, &context()).await.unwrap();
    came(database, 3).await;
    let calls = Arc::new(AtomicU64::new(0));
    let ending = {
        let calls = calls.clone();
        retention.clone().after_batch(move |_| {
            calls.fetch_add(1, Ordering::Relaxed);
            ControlFlow::Break(())
        })
    };
    let erasure = || {
        let actor = Actor::new("Doctor", "7");
        Erasure::actor(&actor, "request 45")
    };
    let names = files(&store).await;
    let erased = ending.erase(db, &context(), erasure()).await.unwrap();
    assert!(
        erased.is_ended_early && erased.files.is_empty(),
        "{erased:?}"
    );
    assert_eq!(erased.entries, 2);
    assert_eq!(files(&store).await, names);
    let erased = ending.erase(db, &context(), erasure()).await.unwrap();
    assert!(erased.is_ended_early, "{erased:?}");
    let rest = retention.erase(db, &context(), erasure()).await.unwrap();
    assert!(!rest.is_ended_early, "{rest:?}");
    assert_eq!(rest.files.len(), 1);
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}
