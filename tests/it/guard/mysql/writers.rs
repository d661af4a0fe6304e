//! Many writers at once, and writes in any order: the log replays to the tables.

use std::cell::Cell;

use audit_runtime::{Error, prelude::*, schema};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};
use tokio::{
    runtime::Handle,
    task::{JoinSet, block_in_place},
};

use super::guarded;
use crate::{
    backend::{Database, on_mysql_and_mariadb},
    entities::{context, entries, new_user, user},
    invariants::{assert_none, violations},
};

on_mysql_and_mariadb!(
    the_log_replays_to_the_tables,
    writers_of_other_rows_do_not_wait_for_each_other_in_vain,
    notes_of_others_are_met,
);

#[derive(Clone, Debug)]
enum Step {
    Raw(&'static str, i32),
    Mark,
    Insert(i32),
    Update(i32, i32),
    Upsert(i32),
    DemoteAll,
    Delete(i32),
    Savepoint,
    RollBack,
    Release,
    /// On another connection, where it waits for nobody.
    Collect,
}

const RAW: [&str; 10] = [
    "INSERT IGNORE INTO users (id, username, role, logins, password_hash) VALUES ({id}, 'raw {id}', 'user', 0, 'h')",
    "INSERT INTO users (id, username, role, logins, password_hash) VALUES ({id}, 'raw {id}', 'user', 0, 'h') ON DUPLICATE KEY UPDATE logins = logins + 1",
    "REPLACE INTO users (id, username, role, logins, password_hash) VALUES ({id}, 'raw {id}', 'editor', 0, 'h')",
    "UPDATE users SET role = 'admin' WHERE id = {id}",
    "UPDATE users SET logins = logins + 1 WHERE id <> {id}",
    "UPDATE users SET last_seen_at = now()",
    "UPDATE users SET password_hash = CONCAT(password_hash, '!') WHERE id = {id}",
    "UPDATE users SET id = {id} WHERE id = 1 + {id}",
    "UPDATE users SET id = id + 3 ORDER BY id DESC",
    "DELETE FROM users WHERE id = {id}",
];

async fn the_log_replays_to_the_tables(database: &Database) {
    guarded(database).await;
    // A row whose key changes keeps its name.
    database
        .execute("ALTER TABLE users DROP INDEX username")
        .await;
    let config = Config {
        cases: 40,
        failure_persistence: None,
        ..Config::default()
    };
    // Always the same cases: a failure comes again.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let unit = (
        prop::collection::vec(step(), 1..14),
        prop::bool::weighted(0.8),
    );
    let captured = Cell::new(0);
    let result = block_in_place(|| {
        runner.run(&prop::collection::vec(unit, 1..6), |units| {
            Handle::current().block_on(async {
                for (steps, commit) in &units {
                    work(database, steps, *commit).await.unwrap();
                    let collected = schema::collect(&database.db).await.unwrap();
                    captured.set(captured.get() + collected);
                    assert_none(&violations(&database.db).await, &format!("{units:?}"));
                }
            });
            Ok(())
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(captured.get() > 40);
}

async fn work(database: &Database, steps: &[Step], commit: bool) -> Result<(), Error> {
    let (db, context) = (&database.db, context());
    let unit = db.audited(&context).begin().await?;
    let mut depth = 0;
    let row = |id: &i32| user::ActiveModel {
        id: Set(*id),
        ..new_user(&format!("raw {id}"))
    };
    for step in steps {
        let taken = match step {
            Step::Raw(sql, id) => {
                let sql = sql.replace("{id}", &id.to_string());
                match unit.execute_unprepared(&sql).await {
                    // A key that is there already undoes the statement, and fails the unit.
                    Err(_) => return unit.rollback().await,
                    Ok(_) => Ok(()),
                }
            }
            Step::Mark => unit.raw_sql("marked").await,
            Step::Insert(id) => unit
                .insert_or_keep(row(id), [user::Column::Id])
                .await
                .map(drop),
            Step::Update(id, logins) => {
                let patch = user::AdminPatch::new().logins(*logins);
                unit.update(*id, patch).await.map(drop)
            }
            Step::Upsert(id) => {
                let patch = user::AdminPatch::new().role("editor");
                unit.insert_or_update(row(id), [user::Column::Id], patch)
                    .await
                    .map(drop)
            }
            Step::DemoteAll => {
                let all = sea_orm::sea_query::Condition::all();
                let patch = user::AdminPatch::new().role("user");
                unit.update_many(all, patch).await.map(drop)
            }
            Step::Delete(id) => unit.delete::<user::Entity>(*id).await,
            Step::Savepoint => {
                depth += 1;
                unit.execute_unprepared(&format!("SAVEPOINT s{depth}"))
                    .await?;
                Ok(())
            }
            Step::RollBack | Step::Release if depth == 0 => Ok(()),
            Step::RollBack => {
                unit.execute_unprepared(&format!("ROLLBACK TO s{depth}"))
                    .await?;
                Ok(())
            }
            Step::Release => {
                unit.execute_unprepared(&format!("RELEASE SAVEPOINT s{depth}"))
                    .await?;
                depth -= 1;
                Ok(())
            }
            Step::Collect => schema::collect(db).await.map(drop),
        };
        match taken {
            Err(Error::NotFound { .. }) => {}
            taken => taken?,
        }
    }
    if commit {
        unit.commit().await
    } else {
        unit.rollback().await
    }
}

fn step() -> impl Strategy<Value = Step> {
    let id = || 1..4_i32;
    prop_oneof![
        6 => (prop::sample::select(&RAW[..]), id()).prop_map(|(sql, id)| Step::Raw(sql, id)),
        1 => Just(Step::Mark),
        2 => id().prop_map(Step::Insert),
        2 => (id(), 0..3).prop_map(|(id, logins)| Step::Update(id, logins)),
        1 => id().prop_map(Step::Upsert),
        1 => Just(Step::DemoteAll),
        2 => id().prop_map(Step::Delete),
        2 => Just(Step::Savepoint),
        2 => Just(Step::RollBack),
        1 => Just(Step::Release),
        1 => Just(Step::Collect),
    ]
}

/// Each has rows of its own, between those of the others. A deadlock would be an error.
async fn writers_of_other_rows_do_not_wait_for_each_other_in_vain(database: &Database) {
    guarded(database).await;
    let db = &database.db;
    let mut writers = JoinSet::new();
    for writer in 0..6 {
        let db = db.clone();
        writers.spawn(async move { write(&db, writer).await });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap().unwrap();
    }
    schema::collect(db).await.unwrap();
    assert_none(&violations(db).await, "many writers");
    // Three audited and four raw changes a round.
    assert_eq!(entries(db).await.len(), 6 * 40 * 7);
}

async fn write(db: &DatabaseConnection, writer: i32) -> Result<(), Error> {
    let context = context();
    let audit = db.audited(&context);
    for round in 0..40 {
        let id = 1 + writer + 12 * round;
        let row = user::ActiveModel {
            id: Set(id),
            ..new_user(&format!("user {id}"))
        };
        audit.insert(row).await?;
        let patch = user::AdminPatch::new().role("editor");
        audit.update(id, patch).await?;
        let other = id + 6;
        let transaction = db.begin().await?;
        for statement in [
            format!("UPDATE users SET logins = 1 WHERE id = {id}"),
            format!(
                "INSERT INTO users (id, username, role, logins, password_hash) VALUES ({other}, 'raw {other}', 'user', 0, 'h')"
            ),
            format!("UPDATE users SET role = 'admin' WHERE id = {other}"),
        ] {
            transaction.execute_unprepared(&statement).await?;
        }
        transaction.commit().await?;
        if round % 2 == 0 {
            audit.delete::<user::Entity>(other).await?;
        } else {
            let patch = user::AdminPatch::new().logins(7);
            audit.update(other, patch).await?;
        }
        db.execute_unprepared(&format!(
            "UPDATE users SET logins = logins + 1 WHERE id = {id}"
        ))
        .await?;
    }
    Ok(())
}

/// A note that was left after the moment that a transaction reads.
async fn notes_of_others_are_met(database: &Database) {
    guarded(database).await;
    let (db, context) = (&database.db, context());
    let user = db.audited(&context).insert(new_user("a")).await.unwrap();
    let unit = db.audited(&context).begin().await.unwrap();
    unit.execute_unprepared("SELECT * FROM documents")
        .await
        .unwrap();
    database.execute("UPDATE users SET role = 'admin'").await;
    let again = unit
        .execute_unprepared("UPDATE users SET role = CONCAT(role, '!')")
        .await;
    // With `innodb_snapshot_isolation` the row has changed since, and that is an error.
    if again.is_ok() {
        unit.update(user.id, user::AdminPatch::new().logins(7))
            .await
            .unwrap();
        unit.commit().await.unwrap();
        schema::collect(db).await.unwrap();
        assert_eq!(entries(db).await.len(), 4);
    } else {
        drop(unit);
        schema::collect(db).await.unwrap();
        assert_eq!(entries(db).await.len(), 2);
    }
    assert_none(&violations(db).await, "met");
}
