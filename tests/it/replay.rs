//! Random writes in any order: the log replays to the tables, with one entry per change.

mod works;

use std::cell::Cell;

use audit_runtime::{entities, prelude::*, schema::Entities};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::DatabaseBackend;
use tokio::{runtime::Handle, task::block_in_place};

use self::works::{run, work};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, install, install_unguarded, new_user, order, user},
    invariants::{assert_none, violations},
    replayed::replayed,
};

on_every_backend!(
    the_log_replays_to_the_tables,
    a_change_beside_the_library_is_seen
);

async fn the_log_replays_to_the_tables(database: &Database) {
    install(&database.db).await.unwrap();
    let is_sqlite = database.backend() == DatabaseBackend::Sqlite;
    let cases = if is_sqlite { 256 } else { 12 };
    let config = Config {
        cases,
        failure_persistence: None,
        ..Config::default()
    };
    // Deterministic cases, so that a failure can be repeated.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let changes = Cell::new(0);
    let result = block_in_place(|| {
        runner.run(&prop::collection::vec(work(), 10..30), |works| {
            let made = Handle::current().block_on(async {
                if !is_sqlite {
                    return run(&database.db, &works).await;
                }
                let db = sea_orm::Database::connect("sqlite::memory:").await.unwrap();
                install(&db).await.unwrap();
                run(&db, &works).await
            });
            changes.set(changes.get() + made);
            Ok(())
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    let changes = changes.get();
    println!("{:?}: {cases} cases, {changes} changes", database.backend());
    assert!(changes > u64::from(cases));
}

fn audited() -> Entities {
    entities![user::Entity, document::Entity, order::Entity]
}

/// The control: the checks above find a change without an entry.
async fn a_change_beside_the_library_is_seen(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let mut users = Vec::new();
    for name in ["a", "b", "c"] {
        users.push(audit.insert(new_user(name)).await.unwrap());
    }
    assert_none(&violations(db).await, "before");

    assert_eq!(replayed(audited(), 2, db).await, []);

    let [a, b, _] = &users[..] else {
        unreachable!()
    };
    let a = a.id;
    database
        .execute(&format!("UPDATE users SET role = 'admin' WHERE id = {a}"))
        .await;
    assert_eq!(violations(db).await.len(), 1, "an update");
    // The next entry starts from the value that was not logged.
    audit
        .update(a, user::AdminPatch::new().role("user"))
        .await
        .unwrap();
    assert_eq!(violations(db).await.len(), 1, "its trace");
    database
        .execute(&format!("DELETE FROM users WHERE id = {}", b.id))
        .await;
    assert_eq!(violations(db).await.len(), 2, "a delete");
}
