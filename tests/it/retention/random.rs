//! Random logs, policies, holds and interruptions: only the entries that the policies release are deleted, each in one
//! PURGE entry.

use std::{
    collections::BTreeMap,
    future::{Future, poll_fn},
    pin::pin,
    task::Poll,
    time::Duration,
};

use audit_runtime::{
    Actor, AuditContext, Entry,
    prelude::*,
    retention::{self, Hold, Policy, Retention},
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use tokio::{runtime::Handle, task::block_in_place};

use super::{others, sha256};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install},
};

on_every_backend!(what_is_gone_is_what_the_policies_let_go);

const TYPES: [Option<&str>; 3] = [None, Some("A"), Some("B")];
const ACTIONS: [&str; 2] = ["X", "Y"];
const ACTORS: [&str; 2] = ["ann", "bob"];

#[derive(Clone, Debug)]
struct Case {
    /// The type, action and actor of each event.
    events: Vec<(usize, usize, usize)>,
    /// Whether each policy releases its entries, by rank: for type A, for action X, for both, for all others.
    goes: [Option<bool>; 4],
    /// The type and actor of each hold, or `None` for all.
    holds: Vec<(Option<usize>, Option<usize>)>,
    /// The number of polls after which each run is dropped.
    interruptions: Vec<usize>,
}

fn case() -> impl Strategy<Value = Case> {
    let event = (0..TYPES.len(), 0..ACTIONS.len(), 0..ACTORS.len());
    let goes = prop::option::weighted(0.7, any::<bool>());
    let hold = (
        prop::option::of(1..TYPES.len()),
        prop::option::of(0..ACTORS.len()),
    );
    (
        prop::collection::vec(event, 0..12),
        [goes.clone(), goes.clone(), goes.clone(), goes],
        prop::collection::vec(hold, 0..2),
        prop::collection::vec(1..60_usize, 0..3),
    )
        .prop_map(|(events, goes, holds, interruptions)| Case {
            events,
            goes,
            holds,
            interruptions,
        })
}

async fn what_is_gone_is_what_the_policies_let_go(database: &Database) {
    install(&database.db).await.unwrap();
    let none = Retention::new([others()]).unwrap();
    none.install(&database.db, &context()).await.unwrap();
    let config = Config {
        cases: 25,
        failure_persistence: None,
        ..Config::default()
    };
    // Deterministic cases, so that a failure can be repeated.
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
    for (entity_type, action, actor) in &case.events {
        let context = AuditContext::new(Actor::new("Admin", ACTORS[*actor]));
        let mut event = Event::new(ACTIONS[*action]);
        if let Some(entity_type) = TYPES[*entity_type] {
            event = event.on(entity_type, "1");
        }
        db.audited(&context).record(event).await.unwrap();
    }
    let mut placed = Vec::new();
    for (entity_type, actor) in &case.holds {
        let mut hold = Hold::new("matter");
        if let Some(entity_type) = entity_type {
            hold = hold.entity_type(TYPES[*entity_type].unwrap());
        }
        if let Some(actor) = actor {
            hold = hold.actor(&Actor::new("Admin", ACTORS[*actor]));
        }
        placed.push(retention::hold(db, &context(), hold).await.unwrap());
    }
    let before = entries(db).await;
    let retention = retention(case);

    for polls in &case.interruptions {
        interrupted(retention.run(db, &context()), *polls).await;
    }
    retention.run(db, &context()).await.unwrap();

    let after = entries(db).await;
    let is_left = |entry: &Entry| after.iter().any(|left| left.id == entry.id);
    let mut gone: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for entry in &before {
        let policy = policy(case, entry);
        let goes = policy.is_some() && !case.holds.iter().any(|hold| holds(*hold, entry));
        assert_eq!(is_left(entry), !goes, "{case:?}: {entry:?}");
        if goes {
            gone.entry(policy.unwrap()).or_default().push(entry.id);
        }
    }
    let last = before.last().map_or(0, |entry| entry.id);
    for purge in after.iter().filter(|entry| entry.id > last) {
        assert_eq!(purge.action, "PURGE");
        let metadata = purge.metadata.as_ref().unwrap();
        let number = |name: &str| metadata[name].as_i64().unwrap();
        let of_policy = gone.get_mut(metadata["policy"].as_str().unwrap()).unwrap();
        let texts: Vec<_> = of_policy
            .extract_if(.., |id| {
                (number("first_id")..=number("last_id")).contains(id)
            })
            .map(|id| id.to_string())
            .collect();
        assert_eq!(number("entries"), texts.len() as i64, "{case:?}");
        assert_eq!(metadata["ids_sha256"], sha256(&texts.join(",")), "{case:?}");
    }
    assert!(gone.values().all(Vec::is_empty), "{case:?}: {gone:?}");
    for hold in placed {
        retention::release(db, &context(), hold.id, "settled")
            .await
            .unwrap();
    }
}

fn retention(case: &Case) -> Retention {
    let [of_type, of_action, of_both, of_others] = case.goes;
    let policy = |name: &str, goes: Option<bool>| {
        let policy = Policy::new(name).document("SEC-12");
        Some(if goes? {
            policy.destroy_after(Duration::ZERO)
        } else {
            policy
        })
    };
    let rest = policy("of_others", Some(of_others == Some(true)));
    let policies = [
        rest,
        policy("of_type", of_type).map(|policy| policy.types(["A"])),
        policy("of_action", of_action).map(|policy| policy.actions(["X"])),
        policy("of_both", of_both).map(|policy| policy.types(["A"]).actions(["X"])),
    ];
    let retention = Retention::new(policies.into_iter().flatten()).unwrap();
    retention.pace(1.0).batch(2)
}

/// The name of the policy that releases an entry.
fn policy(case: &Case, entry: &Entry) -> Option<&'static str> {
    if !ACTIONS.contains(&&*entry.action) {
        return None;
    }
    let [of_type, of_action, of_both, of_others] = case.goes;
    let (is_a, is_x) = (
        entry.entity_type.as_deref() == Some("A"),
        entry.action == "X",
    );
    let (name, goes) = match () {
        () if is_a && is_x && of_both.is_some() => ("of_both", of_both),
        () if is_x && of_action.is_some() => ("of_action", of_action),
        () if is_a && of_type.is_some() => ("of_type", of_type),
        () => ("of_others", of_others),
    };
    (goes == Some(true)).then_some(name)
}

fn holds((entity_type, actor): (Option<usize>, Option<usize>), entry: &Entry) -> bool {
    entity_type.is_none_or(|nth| entry.entity_type.as_deref() == TYPES[nth])
        && actor.is_none_or(|nth| entry.actor.id() == ACTORS[nth])
}

/// Drops a future after this many polls.
pub async fn interrupted(future: impl Future, mut polls: usize) {
    let mut future = pin!(future);
    poll_fn(|context| {
        polls -= 1;
        match future.as_mut().poll(context) {
            Poll::Pending if polls > 0 => Poll::Pending,
            _ => Poll::Ready(()),
        }
    })
    .await;
}
