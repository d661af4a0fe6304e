//! Collection of notes: each note becomes an entry.

use audit_runtime::{
    History,
    prelude::*,
    schema::{self, GuardMode},
};
use sea_orm::{ConnectionTrait, DatabaseBackend::Sqlite};

use super::guarded;
use crate::{
    backend::{Database, Server, on_every_backend, run},
    entities::{context, entries, install, new_user, user},
    invariants::{assert_none, violations},
    parity::specimens::long_key,
    types::create_table,
};

on_every_backend!(without_a_guard_there_is_nothing_to_collect);

async fn without_a_guard_there_is_nothing_to_collect(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let question = History::of::<user::Entity>(1);
    assert_eq!(question.pending(db).await.unwrap(), 0);
    if matches!(database.server(), Server::Postgres | Server::Sqlite) {
        assert_eq!(schema::collect(db).await.unwrap(), 0);
    }
}

const MANY: &str = "WITH RECURSIVE s (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM s WHERE n < 2500) \
    INSERT INTO users (id, username, role, logins, password_hash) SELECT n, 'g' || n, 'user', 0, '' FROM s";

#[test]
fn all_notes_become_entries_once() {
    run(Sqlite, async |database| {
        let db = &database.db;
        guarded(database, GuardMode::Capture).await;
        database.execute(MANY).await;
        database
            .execute("UPDATE users SET role = 'admin' WHERE id = 7")
            .await;
        let pending = async |question: History| question.pending(db).await.unwrap();
        assert_eq!(pending(History::all()).await, 2_501);
        assert_eq!(pending(History::of_type::<user::Entity>()).await, 2_501);
        assert_eq!(pending(History::of::<user::Entity>(7)).await, 2);
        assert_eq!(pending(History::on("User", "7").action("UPDATE")).await, 1);
        assert_eq!(pending(History::on("Order", "7")).await, 0);
        assert!(entries(db).await.is_empty());

        // Two collectors at once: each note is taken by one of them.
        let other = database.connect(|_| {}).await;
        let (one, two) = tokio::join!(schema::collect(db), schema::collect(&other));
        assert_eq!(one.unwrap() + two.unwrap(), 2_501);
        assert_eq!(entries(db).await.len(), 2_501);
        assert_none(&violations(db).await, "collected");
        assert_eq!(schema::collect(db).await.unwrap(), 0);
        assert_eq!(pending(History::all()).await, 0);
    });
}

#[test]
fn a_note_becomes_an_entry_before_the_next_one_of_its_row() {
    run(Sqlite, async |database| {
        let (db, context) = (&database.db, context());
        guarded(database, GuardMode::Capture).await;
        let audit = db.audited(&context);
        let [one, two] = ["a", "b"].map(|name| audit.insert(new_user(name)));
        let (one, two) = (one.await.unwrap().id, two.await.unwrap().id);
        database.execute("UPDATE users SET logins = 1").await;
        database.execute("UPDATE users SET logins = 2").await;
        audit
            .update(one, user::AdminPatch::new().role("admin"))
            .await
            .unwrap();
        let of = |id: i32| History::of::<user::Entity>(id);
        assert_eq!(of(one).pending(db).await.unwrap(), 0);
        assert_eq!(of(two).pending(db).await.unwrap(), 2);
        let page = of(one).page(db, None, 50).await.unwrap();
        let actors = page.entries.iter().map(|entry| entry.actor.kind());
        assert_eq!(
            actors.collect::<Vec<_>>(),
            ["Admin", "Database", "Database", "Admin"]
        );
        assert_eq!(schema::collect(db).await.unwrap(), 2);
        assert_none(&violations(db).await, "in order");
    });
}

#[test]
fn a_key_too_long_for_the_log_is_found_again() {
    run(Sqlite, async |database| {
        let (db, context) = (&database.db, context());
        schema::install(db).await.unwrap();
        create_table(db, long_key::Entity).await;
        for mode in super::MODES {
            schema::install_guard::<long_key::Entity>(db, mode)
                .await
                .unwrap();
            let keys = [
                "a".repeat(511),
                "a".repeat(512),
                "ž".repeat(600),
                "🦀".repeat(600),
                "a\0b".to_owned(),
                "a\u{FFFD}".repeat(300),
                "…".repeat(700),
            ];
            for key in keys {
                let row = long_key::ActiveModel {
                    id: Set(key.clone()),
                    value: Set(Some(1)),
                };
                let audit = db.audited(&context);
                audit.insert(row).await.unwrap();
                assert_eq!(schema::collect(db).await.unwrap(), 0);
                let changed = db
                    .execute_unprepared("UPDATE long_keys SET value = 2")
                    .await;
                assert_eq!(changed.is_err(), mode == GuardMode::Enforce);
                audit.delete::<long_key::Entity>(key).await.unwrap();
                // SQL cannot move this note to the log.
                let expected = u64::from(mode == GuardMode::Capture);
                let taken = schema::collect(db).await.unwrap();
                let entries = entries(db).await;
                let [.., a, b] = &entries[..] else { panic!() };
                assert_eq!(a.entity_id, b.entity_id);
                assert!(taken <= expected);
            }
        }
    });
}
