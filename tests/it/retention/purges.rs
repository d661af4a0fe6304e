//! The entries that purges delete, and those that they leave.

mod afterwards;
mod plans;

use std::{collections::BTreeSet, time::Duration};

use audit_runtime::{
    Actor,
    prelude::*,
    retention::{self, DAY, Hold, Policy, Retention},
};
use serde_json::json;
use tokio::task::JoinSet;

use super::{ids, installed, last, sha256};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries},
};

on_every_backend!(
    what_is_old_goes_and_leaves_an_entry,
    the_most_specific_policy_decides,
    a_hold_always_wins,
    replicas_delete_nothing_twice
);

async fn what_is_old_goes_and_leaves_an_entry(database: &Database) {
    let retention = installed(database, 3).await;
    let came = ids(database, "CAME").await;
    let before = entries(&database.db).await;

    let plan = retention.plan(&database.db).await.unwrap();
    assert_eq!(plan.entries(), 3);
    assert_eq!(plan.policies[0].first_id, came.first().copied());
    assert_eq!(plan.policies[0].last_id, came.last().copied());
    assert_eq!(plan.policies[1].too_young, 3);
    assert_eq!(entries(&database.db).await.len(), before.len());

    let report = retention.run(&database.db, &context()).await.unwrap();
    assert_eq!(report.purged(), 3);
    assert_eq!(report.policies[0].policy, "visits");
    assert_eq!(report.policies[0].first_id, came[0]);
    assert_eq!(report.policies[0].last_id, came[2]);

    let mut expected: Vec<_> = before.iter().map(|entry| entry.id).collect();
    expected.retain(|id| !came.contains(id));
    let purge = last(database).await;
    expected.push(purge.id);
    let left = entries(&database.db).await;
    assert_eq!(
        left.iter().map(|entry| entry.id).collect::<Vec<_>>(),
        expected
    );

    assert_eq!(purge.action, "PURGE");
    assert_eq!(purge.actor_id, context().actor().id());
    let metadata = purge.metadata.unwrap();
    let texts: Vec<_> = came.iter().map(i64::to_string).collect();
    assert_eq!(metadata["policy"], "visits");
    assert_eq!(metadata["document"], "SEC-12 v3");
    assert_eq!(metadata["entries"], 3);
    assert_eq!(metadata["first_id"], came[0]);
    assert_eq!(metadata["last_id"], came[2]);
    assert_eq!(metadata["ids_sha256"], sha256(&texts.join(",")));
    let newest = before.iter().filter(|entry| came.contains(&entry.id));
    let recorded_at = newest.map(|entry| entry.recorded_at).max().unwrap();
    let newest = json!({"Visit": {"id": came[2], "recorded_at": recorded_at}});
    assert_eq!(metadata["newest"], newest);

    let again = retention.run(&database.db, &context()).await.unwrap();
    assert_eq!(again.purged(), 0);
    assert_eq!(last(database).await.id, purge.id);
}

async fn the_most_specific_policy_decides(database: &Database) {
    let db = &database.db;
    let _ = installed(database, 0).await;
    let now = Duration::ZERO;
    let policy = |name: &str| Policy::new(name).document("SEC-12");
    let by_rank = Retention::new([
        policy("others").keep(365 * DAY).destroy_after(400 * DAY),
        policy("action").actions(["A"]).destroy_after(now),
        policy("entity_type").types(["T"]).keep(365 * DAY),
        policy("both").types(["T"]).actions(["A"]).keep(365 * DAY),
    ])
    .unwrap();
    // New floors, because the first ones of this log do not apply to these policies.
    database.execute("DELETE FROM audit_floor").await;
    by_rank.install(db, &context()).await.unwrap();
    for (action, entity) in [
        ("A", None),
        ("A", Some("T")),
        ("A", Some("U")),
        ("B", None),
        ("B", Some("T")),
        ("B", Some("U")),
    ] {
        let mut event = Event::new(action);
        if let Some(entity) = entity {
            event = event.on(entity, "1");
        }
        db.audited(&context()).record(event).await.unwrap();
    }
    assert_eq!(by_rank.run(db, &context()).await.unwrap().purged(), 2);
    let left: BTreeSet<_> = entries(db)
        .await
        .into_iter()
        .map(|entry| (entry.action, entry.entity_type))
        .filter(|(action, _)| action.len() == 1)
        .collect();
    let expected = [
        ("A", Some("T")),
        ("B", None),
        ("B", Some("T")),
        ("B", Some("U")),
    ];
    let expected = expected.map(|(action, entity)| (action.to_owned(), entity.map(str::to_owned)));
    assert_eq!(left, BTreeSet::from(expected));
}

async fn a_hold_always_wins(database: &Database) {
    let db = &database.db;
    let retention = installed(database, 4).await;
    let came = ids(database, "CAME").await;
    let log = entries(db).await;
    let recorded = |nth: usize| {
        let entry = log.iter().find(|entry| entry.id == came[nth]).unwrap();
        entry.recorded_at
    };
    let actor = context().actor().clone();
    let cases = [
        (Hold::new("m").row("Visit", "1"), 1),
        (Hold::new("m").entity_type("Visit"), 4),
        (Hold::new("m").entity_type("Other"), 0),
        (Hold::new("m").actor(&actor), 4),
        (Hold::new("m").actor(&Actor::new("Admin", "nobody")), 0),
        (Hold::new("m"), 4),
        (Hold::new("m").until(recorded(0)), 0),
        (Hold::new("m").from(recorded(0)), 4),
        (
            Hold::new("m")
                .row("Visit", "2")
                .actor(&actor)
                .from(recorded(0)),
            1,
        ),
    ];
    for (hold, held) in cases {
        let placed = retention::hold(db, &context(), hold).await.unwrap();
        assert_eq!(last(database).await.action, "HOLD");
        assert_eq!(retention::holds(db).await.unwrap(), vec![placed.clone()]);
        let plan = retention.plan(db).await.unwrap();
        assert_eq!(
            (plan.policies[0].held, plan.entries()),
            (held, 4 - held),
            "{placed:?}"
        );
        let released = retention::release(db, &context(), placed.id, "settled").await;
        assert!(released.unwrap());
        let entry = last(database).await;
        assert_eq!(
            (&*entry.action, entry.reason.as_deref()),
            ("RELEASE", Some("settled"))
        );
        let again = retention::release(db, &context(), placed.id, "again").await;
        assert!(!again.unwrap());
        assert_eq!(last(database).await.id, entry.id);
    }
    let placed = retention::hold(db, &context(), Hold::new("m").row("Visit", "1"))
        .await
        .unwrap();
    assert_eq!(retention.run(db, &context()).await.unwrap().purged(), 3);
    assert_eq!(ids(database, "CAME").await, [came[1]]);
    retention::release(db, &context(), placed.id, "settled")
        .await
        .unwrap();
    assert_eq!(retention.run(db, &context()).await.unwrap().purged(), 1);

    let now = recorded(0);
    for (hold, problem) in [
        (Hold::new(" "), "it has no reason"),
        (Hold::new("m").from(now).until(now), "before it begins"),
    ] {
        let refused = retention::hold(db, &context(), hold).await.unwrap_err();
        assert!(refused.to_string().contains(problem), "{refused}");
    }
}

async fn replicas_delete_nothing_twice(database: &Database) {
    let retention = installed(database, 50).await;
    let mut replicas = JoinSet::new();
    for _ in 0..4 {
        let (db, retention) = (database.db.clone(), retention.clone());
        replicas.spawn(async move { retention.run(&db, &context()).await.unwrap().purged() });
    }
    let purged: u64 = replicas.join_all().await.into_iter().sum();
    assert_eq!(purged, 50);
    assert_covered(database, 50).await;
}

/// Asserts that each deleted entry is in one PURGE entry.
async fn assert_covered(database: &Database, gone: i64) {
    let log = entries(&database.db).await;
    let purges = log.iter().filter(|entry| entry.action == "PURGE");
    let covered: i64 = purges
        .map(|purge| {
            purge.metadata.as_ref().unwrap()["entries"]
                .as_i64()
                .unwrap()
        })
        .sum();
    assert_eq!(covered, gone);
}
