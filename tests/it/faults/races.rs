//! Concurrent writers.

use std::{
    env,
    process::{Command, Stdio},
    sync::Arc,
};

use audit_runtime::prelude::*;
use sea_orm::{ConnectOptions, DatabaseConnection, DbBackend, EntityTrait};
use tokio::{sync::Barrier, task::JoinSet};

use super::variants::{Without, repair, set_role};
use crate::{
    backend::{Database, Server, on_every_backend},
    entities::{context, entries, install, new_user, order, user},
    invariants::{assert_none, violations},
};

on_every_backend!(
    every_before_is_the_previous_after_under_load,
    a_load_shows_what_is_missing,
    writers_of_different_rows_do_not_wait,
    a_child_can_be_inserted_while_its_parent_is_written,
    processes_beside_each_other_are_as_safe_as_tasks,
);

const WRITERS: i32 = 8;
const ROWS: i32 = 4;

/// The number of updates of a load. The newer servers get fewer.
fn updates(database: &Database) -> i32 {
    match database.server() {
        Server::NewerMariaDb | Server::MySql => 4_000,
        _ => 20_000,
    }
}

async fn every_before_is_the_previous_after_under_load(database: &Database) {
    let db = &pool(database).await;
    let rows = rows(db).await;
    let updates = updates(database);
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (db, rows) = (db.clone(), rows.clone());
        writers.spawn(async move {
            let context = context();
            let audit = db.audited(&context);
            let mut retries = 0;
            for round in 0..updates / WRITERS {
                let id = rows[((writer + round) % ROWS) as usize];
                // Each update stores a different value, so each leaves an entry.
                let patch = user::AdminPatch::new().logins(1 + writer * updates + round);
                while let Err(error) = audit.update(id, patch.clone()).await {
                    assert!(error.is_retryable(), "{error}");
                    retries += 1;
                }
            }
            retries
        });
    }
    let retries: usize = writers.join_all().await.into_iter().sum();
    let written = entries(db).await.len();
    println!(
        "{:?}: {updates} updates of {ROWS} rows by {WRITERS} writers, {retries} retries",
        database.backend()
    );
    assert_eq!(written, (ROWS + updates) as usize);
    assert_none(&violations(db).await, "under load");
}

async fn a_load_shows_what_is_missing(database: &Database) {
    if database.backend() == DbBackend::Sqlite {
        // SQLite allows one writer at a time, so there is no lock to remove.
        return;
    }
    let db = &pool(database).await;
    let id = rows(db).await[0];
    for (without, is_seen) in [(Without::Nothing, false), (Without::Lock, true)] {
        let mut seen = false;
        for round in 0..if is_seen { 50 } else { 3 } {
            let mut writers = JoinSet::new();
            for writer in 0..WRITERS {
                let db = db.clone();
                writers.spawn(async move {
                    for turn in 0..10 {
                        let role = format!("{without:?} {round} {writer} {turn}");
                        set_role(&db, id, &role, without).await.unwrap();
                    }
                });
            }
            writers.join_all().await;
            seen |= !violations(db).await.is_empty();
            if seen {
                break;
            }
        }
        assert_eq!(seen, is_seen, "without {without:?}");
        repair(db, id).await;
    }
}

async fn writers_of_different_rows_do_not_wait(database: &Database) {
    if database.backend() == DbBackend::Sqlite {
        // SQLite allows one writer at a time.
        return;
    }
    let db = &pool(database).await;
    let rows = rows(db).await;
    let context = context();
    let audit = db.audited(&context);
    let patch = user::AdminPatch::new().role("admin");
    let open = audit.begin().await.unwrap();
    open.update(rows[0], patch.clone()).await.unwrap();

    // If this waited for the first unit, it would wait forever, because that unit ends later.
    audit.update(rows[1], patch.clone()).await.unwrap();
    audit.delete::<user::Entity>(rows[2]).await.unwrap();
    audit.insert(new_user("another")).await.unwrap();
    open.commit().await.unwrap();
    assert_none(&violations(db).await, "with writers side by side");
}

async fn a_child_can_be_inserted_while_its_parent_is_written(database: &Database) {
    if database.backend() != DbBackend::Postgres {
        // Only PostgreSQL has a lock that allows references to the row.
        return;
    }
    let db = &pool(database).await;
    let rows = rows(db).await;
    let context = context();
    let audit = db.audited(&context);
    let open = audit.begin().await.unwrap();
    open.update(rows[0], user::AdminPatch::new().role("admin"))
        .await
        .unwrap();
    let order = order::ActiveModel {
        user_id: Set(rows[0]),
        total: Set(5),
        ..Default::default()
    };
    audit.insert(order.clone()).await.unwrap();
    order::Entity::insert(order).exec(db).await.unwrap();
    open.commit().await.unwrap();
}

/// Two units that update the same two rows in opposite order. At least one of them returns `Err`.
pub async fn deadlock(
    db: &DatabaseConnection,
    rows: &[i32],
) -> Vec<Result<(), audit_runtime::Error>> {
    let barrier = Arc::new(Barrier::new(2));
    let mut units = JoinSet::new();
    for (first, second) in [(rows[0], rows[1]), (rows[1], rows[0])] {
        let (db, barrier) = (db.clone(), barrier.clone());
        units.spawn(async move {
            let context = context();
            let tx = db.audited(&context).begin().await?;
            let patch = user::AdminPatch::new().logins(100 + first);
            tx.update(first, patch.clone()).await?;
            barrier.wait().await;
            tx.update(second, patch).await?;
            tx.commit().await
        });
    }
    units.join_all().await
}

/// A pool with enough connections for all writers. It does not wait for the disk, whose speed is not under test.
pub async fn pool(database: &Database) -> DatabaseConnection {
    install(&database.db).await.unwrap();
    database
        .connect(|options: &mut ConnectOptions| {
            options.max_connections(WRITERS as u32 + 1);
            options
                .map_sqlx_postgres_opts(|options| options.options([("synchronous_commit", "off")]));
            options.map_sqlx_sqlite_opts(|options| {
                use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
                options
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Off)
                    .busy_timeout(std::time::Duration::from_secs(60))
            });
        })
        .await
}

pub async fn rows(db: &DatabaseConnection) -> Vec<i32> {
    let context = context();
    let audit = db.audited(&context);
    let mut rows = Vec::new();
    for name in 0..ROWS {
        rows.push(
            audit
                .insert(new_user(&format!("user {name}")))
                .await
                .unwrap()
                .id,
        );
    }
    rows
}

/// The task of the writing process: row, writer, database.
const TASK: &str = "AUDIT_TEST_WRITER";

async fn processes_beside_each_other_are_as_safe_as_tasks(database: &Database) {
    let db = &pool(database).await;
    let id = rows(db).await[0];
    let before = entries(db).await.len();
    let mut writers: Vec<_> = (0..3)
        .map(|writer| {
            Command::new(env::current_exe().unwrap())
                .args(["--exact", "faults::races::writing_process"])
                .env(TASK, format!("{id} {writer} {}", database.url()))
                .stdout(Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for writer in &mut writers {
        assert!(writer.wait().unwrap().success());
    }
    assert_eq!(entries(db).await.len() - before, 3 * 100);
    assert_none(&violations(db).await, "with three processes");
}

/// Not a test: the process that the scenario above starts. Without a task it does nothing.
#[test]
fn writing_process() {
    let Ok(task) = env::var(TASK) else { return };
    let parts: Vec<_> = task.splitn(3, ' ').collect();
    let [id, writer, url] = parts[..] else {
        panic!("{task}")
    };
    let (id, writer): (i32, i32) = (id.parse().unwrap(), writer.parse().unwrap());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let db = sea_orm::Database::connect(url).await.unwrap();
        let context = context();
        for turn in 0..100 {
            let patch = user::AdminPatch::new().logins(1000 * (writer + 1) + turn);
            while let Err(error) = db.audited(&context).update(id, patch.clone()).await {
                assert!(error.is_retryable(), "{error}");
            }
        }
    });
}
