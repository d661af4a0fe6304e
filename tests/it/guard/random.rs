//! Audited and raw writes in any order, with savepoints and rollbacks: the log replays to the tables.

use audit_runtime::{
    Error,
    prelude::*,
    schema::{self, GuardMode},
};
use proptest::{
    prelude::*,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use sea_orm::{ConnectionTrait, DatabaseBackend::Postgres, DatabaseConnection};
use tokio::{runtime::Handle, task::block_in_place};

use super::{attacks::locked_user, guarded, where_guards_enforce};
use crate::{
    backend::Database,
    entities::{context, new_user, user},
    invariants::{assert_none, violations},
};

#[derive(Clone, Debug)]
enum Step {
    Raw(&'static str, i32),
    Insert(i32),
    Update(i32, i32),
    UpdateLocked(i32, &'static str),
    Upsert(i32),
    DemoteAll,
    Delete(i32),
    Savepoint,
    RollBack,
    Release,
}

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
    // A row whose key changes keeps its name.
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
    let config = Config {
        cases: 60,
        failure_persistence: None,
        ..Config::default()
    };
    // Always the same cases: a failure comes again.
    let rng = TestRng::deterministic_rng(RngAlgorithm::ChaCha);
    let mut runner = TestRunner::new_with_rng(config, rng);
    let unit = (
        prop::collection::vec(step(own), 1..14),
        prop::bool::weighted(0.8),
    );
    let result = block_in_place(|| {
        runner.run(&prop::collection::vec(unit, 1..6), |units| {
            Handle::current().block_on(async {
                for (steps, commit) in &units {
                    work(db, steps, *commit).await.unwrap();
                    // Some collect more often than others.
                    if steps.len() % 3 > 0 {
                        schema::collect(db).await.unwrap();
                        assert_none(&violations(db).await, &format!("{units:?}"));
                    }
                }
                schema::collect(db).await.unwrap();
                assert_none(&violations(db).await, &format!("{units:?}"));
            });
            Ok(())
        })
    });
    if let Err(error) = result {
        panic!("{error}");
    }
}

async fn work(db: &DatabaseConnection, steps: &[Step], commit: bool) -> Result<(), Error> {
    let context = context();
    let unit = db.audited(&context).begin().await?;
    let mut depth = 0;
    for step in steps {
        let taken = match step {
            Step::Raw(sql, id) => {
                let sql = sql.replace("{id}", &id.to_string());
                unit.execute_unprepared(&sql).await?;
                Ok(())
            }
            Step::Insert(id) => {
                let row = user::ActiveModel {
                    id: Set(*id),
                    ..new_user(&format!("raw {id}"))
                };
                unit.insert_or_keep(row, [user::Column::Id]).await.map(drop)
            }
            Step::Update(id, logins) => {
                let patch = user::AdminPatch::new().logins(*logins);
                unit.update(*id, patch).await.map(drop)
            }
            Step::UpdateLocked(id, role) => {
                let patch = locked_user::Patch::new().role(*role);
                unit.update(*id, patch).await.map(drop)
            }
            Step::Upsert(id) => {
                let row = user::ActiveModel {
                    id: Set(*id),
                    ..new_user(&format!("raw {id}"))
                };
                let patch = user::AdminPatch::new().role("editor");
                unit.insert_or_update(row, [user::Column::Id], patch)
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
                unit.execute_unprepared(&format!("RELEASE s{depth}"))
                    .await?;
                depth -= 1;
                Ok(())
            }
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

fn step(own: &'static str) -> impl Strategy<Value = Step> {
    let id = || 1..4_i32;
    let raw: Vec<_> = RAW.into_iter().chain([own]).collect();
    prop_oneof![
        6 => (prop::sample::select(raw), id()).prop_map(|(sql, id)| Step::Raw(sql, id)),
        2 => id().prop_map(Step::Insert),
        2 => (id(), 0..3).prop_map(|(id, logins)| Step::Update(id, logins)),
        2 => (id(), prop::sample::select(vec!["user", "admin"])).prop_map(|(id, role)| Step::UpdateLocked(id, role)),
        1 => id().prop_map(Step::Upsert),
        1 => Just(Step::DemoteAll),
        2 => id().prop_map(Step::Delete),
        2 => Just(Step::Savepoint),
        2 => Just(Step::RollBack),
        1 => Just(Step::Release),
    ]
}
