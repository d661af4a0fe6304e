//! An interrupted upgrade, and the next one.

use std::{
    env,
    process::{Command, Stdio},
};

use audit_runtime::{Error, schema};
use sea_orm::{DbBackend, TransactionTrait};
use tokio::task::yield_now;

use super::{
    VERSIONS, column, entries,
    frozen::{description, golden},
    insert, v1, versions,
};
use crate::{
    backend::{Database, on_every_backend, patient, run},
    faults::faulty::{Fault, Faulty, Strike},
};

on_every_backend!(a_process_that_dies_leaves_the_rest_to_the_next);

const TASK: &str = "AUDIT_TEST_UPGRADE";

async fn a_process_that_dies_leaves_the_rest_to_the_next(db: &Database) {
    let mut reached = 0;
    loop {
        v1::create(db).await;
        insert(&db.db, None).await;
        let survived = die(db, reached);
        // Both builds can use the log in between.
        insert(&db.db, None).await;
        let taken = versions(db).await;
        assert!([vec![1], VERSIONS.to_vec()].contains(&taken), "{taken:?}");
        settle(db).await;
        let again = db
            .connect(|options| {
                options.max_connections(1);
            })
            .await;
        schema::install(&again).await.unwrap();
        again.close().await.unwrap();
        assert_eq!(description(db).await, golden(db), "died at {reached}");
        assert_eq!(versions(db).await, VERSIONS, "died at {reached}");
        assert_eq!(entries(&db.db).await, 2);
        if survived {
            break;
        }
        reached += 1;
        for statement in [
            "DROP VIEW audit_entries",
            "DROP TABLE audit_log",
            "DROP TABLE audit_log_version",
        ] {
            db.execute(statement).await;
        }
    }
    println!("{:?}: died at 0 to {reached}", db.server());
    assert!(reached > 5);
}

/// Upgrades in a separate process, which dies at this point. Returns whether it completed.
fn die(db: &Database, point: usize) -> bool {
    let status = Command::new(env::current_exe().unwrap())
        .args(["--exact", "schema::cut_off::dying_process", "--nocapture"])
        .env(TASK, format!("{point} {}", db.url()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    // A panic would exit with a code.
    assert!(status.success() || status.code().is_none(), "{status}");
    status.success()
}

/// Not a test: the process that [`die`] starts. Without a task it does nothing.
#[test]
fn dying_process() {
    let Ok(task) = env::var(TASK) else { return };
    let (point, url) = task.split_once(' ').unwrap();
    let fault = Fault::at(point.parse().unwrap(), Strike::Abort);
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let inner = sea_orm::Database::connect(patient(url)).await.unwrap();
        schema::install(&Faulty { inner, fault }).await.unwrap();
    });
}

/// The server ends the creation of the index while it waits for a transaction.
#[test]
fn an_index_that_was_cut_off_is_created_again() {
    run(DbBackend::Postgres, async |db| {
        v1::create(db).await;
        let open = db.db.begin().await.unwrap();
        insert(&open, None).await;
        let upgrading = tokio::spawn({
            let upgrading = db.connect(|_| {}).await;
            async move { schema::install(&upgrading).await }
        });
        let waiting = "SELECT pid::bigint AS value FROM pg_stat_progress_create_index
            WHERE relid = 'audit_log'::regclass AND index_relid <> 0 AND phase LIKE 'waiting%'";
        let process = loop {
            if let [process] = column::<i64>(db, waiting).await[..] {
                break process;
            }
            yield_now().await;
        };
        // Others do not wait for it, do not touch it, and do not treat it as lost.
        schema::install(&db.connect(|_| {}).await).await.unwrap();
        assert_eq!(versions(db).await, [1]);
        db.execute(&format!("SELECT pg_terminate_backend({process}::int)"))
            .await;
        let cut = upgrading.await.unwrap();
        assert!(matches!(cut, Err(Error::Database(_))), "{cut:?}");
        settle(db).await;
        open.commit().await.unwrap();
        let invalid =
            "SELECT relname::text AS value FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
            WHERE indrelid = 'audit_log'::regclass AND NOT indisvalid";
        assert_eq!(
            column::<String>(db, invalid).await,
            ["audit_log_action_not_update"]
        );
        assert_eq!(versions(db).await, [1]);

        schema::install(&db.db).await.unwrap();
        assert_eq!(description(db).await, golden(db));
        assert_eq!(versions(db).await, VERSIONS);
        assert_eq!(entries(&db.db).await, 1);
    });
}

/// Waits until PostgreSQL has closed the session of the dead client, which has the lock.
async fn settle(db: &Database) {
    if db.backend() != DbBackend::Postgres {
        return;
    }
    let locks = "SELECT count(*) AS value FROM pg_locks WHERE locktype = 'advisory'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while column::<i64>(db, locks).await != [0] {
        yield_now().await;
    }
}
