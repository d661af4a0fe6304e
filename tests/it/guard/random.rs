//! Audited and raw writes in any order, with savepoints and rollbacks: a replay of the log gives the tables.

pub mod steps;

use audit_runtime::schema::{self, GuardMode};
use proptest::prelude::*;
use sea_orm::DatabaseBackend::Postgres;

use super::{guarded, where_guards_enforce};
use crate::{
    backend::Database,
    entities::user,
    invariants::{assert_none, violations},
};
use steps::{Step, for_random_units, id, work};

const RAW: [&str; 8] = [
    "INSERT INTO users (id, username, role, logins, password_hash) VALUES ({id}, 'raw {id}', 'user', 0, 'h') ON CONFLICT DO NOTHING",
    "INSERT INTO users (id, username, role, logins, password_hash) VALUES ({id}, 'raw {id}', 'user', 0, 'h') ON CONFLICT (id) DO UPDATE SET logins = users.logins + 1",
    "UPDATE users SET role = 'admin' WHERE id = {id}",
    "UPDATE users SET logins = logins + 1 WHERE id <> {id}",
    "UPDATE users SET last_seen_at = CURRENT_TIMESTAMP",
    "UPDATE users SET password_hash = password_hash || '!' WHERE id = {id}",
    "UPDATE users SET id = {id} WHERE id = (SELECT id + 0 FROM users WHERE NOT EXISTS (SELECT 1 FROM users WHERE id = {id}) ORDER BY id LIMIT 1)",
    "DELETE FROM users WHERE id = {id}",
];

const OF_POSTGRES: &str = "WITH gone AS (DELETE FROM users WHERE id = {id} RETURNING id) UPDATE users SET logins = 7 FROM gone WHERE users.id <> gone.id";
const OF_SQLITE: &str = "UPDATE users SET role = 'guest', logins = logins + 2 WHERE id IN (SELECT id FROM users WHERE id <> {id})";

where_guards_enforce!(the_log_replays_to_the_tables);

async fn the_log_replays_to_the_tables(database: &Database) {
    let db = &database.db;
    guarded(database, GuardMode::Capture).await;
    // A row whose key changes keeps its name, so names must not be unique.
    if database.backend() == Postgres {
        database
            .execute("ALTER TABLE users DROP CONSTRAINT users_username_key")
            .await;
    } else {
        database.execute("DROP TABLE users").await;
        database
            .execute("CREATE TABLE users (id integer PRIMARY KEY, username text NOT NULL, role text NOT NULL, \
                logins integer NOT NULL, phone text, password_hash text NOT NULL, last_seen_at text)")
            .await;
        schema::install_guard::<user::Entity>(db, GuardMode::Capture)
            .await
            .unwrap();
    }
    let own = match database.backend() {
        Postgres => OF_POSTGRES,
        _ => OF_SQLITE,
    };
    let raw = RAW.into_iter().chain([own]).collect();
    let locked = (id(), prop::sample::select(vec!["user", "admin"]));
    let locked = locked.prop_map(|(id, role)| Step::UpdateLocked(id, role));
    for_random_units(60, raw, locked, async |units| {
        for unit in units {
            work(db, unit).await.unwrap();
            // Only some units are followed by a collection.
            if unit.0.len() % 3 > 0 {
                schema::collect(db).await.unwrap();
                assert_none(&violations(db).await, &format!("{units:?}"));
            }
        }
        schema::collect(db).await.unwrap();
        assert_none(&violations(db).await, &format!("{units:?}"));
    });
}
