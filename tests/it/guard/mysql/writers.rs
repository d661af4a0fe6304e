//! Concurrent writers, and writes in any order: a replay of the log gives the tables.

use std::cell::Cell;

use audit_runtime::{Error, prelude::*, schema};
use proptest::prelude::*;
use sea_orm::{ConnectionTrait, DatabaseConnection, TransactionTrait};
use tokio::task::JoinSet;

use super::guarded;
use crate::{
    backend::{Database, on_mysql_and_mariadb},
    entities::{context, entries, new_user, user},
    guard::random::steps::{Step, for_random_units, work},
    invariants::{assert_none, violations},
};

on_mysql_and_mariadb!(
    the_log_replays_to_the_tables,
    writers_of_other_rows_do_not_wait_for_each_other_in_vain,
    notes_of_others_are_met,
);

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
    // A row whose key changes keeps its name, so names must not be unique.
    database
        .execute("ALTER TABLE users DROP INDEX username")
        .await;
    let (db, captured) = (&database.db, Cell::new(0));
    let own = prop_oneof![Just(Step::Mark), Just(Step::Collect)];
    for_random_units(40, RAW.to_vec(), own, async |units| {
        for unit in units {
            work(db, unit).await.unwrap();
            captured.set(captured.get() + schema::collect(db).await.unwrap());
            assert_none(&violations(db).await, &format!("{units:?}"));
        }
    });
    assert!(captured.get() > 40);
}

/// Each writer has its own rows, interleaved with those of the others. A deadlock is an error.
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
    // Three audited and four raw changes per round.
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

/// A note that was left after the snapshot of a transaction.
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
    // With `innodb_snapshot_isolation`, the change of the row since the snapshot is an error.
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
