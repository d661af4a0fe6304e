//! An upgrade while others use the log.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use audit_runtime::{prelude::*, schema};
use sea_orm::{ConnectionTrait, DbBackend, Statement};
use tokio::task::JoinSet;

use super::{
    VERSIONS, column, entries,
    frozen::{description, golden},
    insert, v1, versions,
};
use crate::{
    backend::{Database, on_every_backend, run},
    entities::{context, new_user},
};

on_every_backend!(both_builds_write_during_an_upgrade, several_upgrade_at_once,);

async fn both_builds_write_during_an_upgrade(db: &Database) {
    v1::create(db).await;
    v1::table(&db.db).await;
    for number in 0..50 {
        v1::write(&db.db, number).await;
    }
    let is_upgraded = Arc::new(AtomicBool::new(false));
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let (pool, is_upgraded) = (db.db.clone(), is_upgraded.clone());
        writers.spawn(async move {
            let mut written = 0;
            // And once more after the upgrade.
            loop {
                let is_last = is_upgraded.load(Ordering::SeqCst);
                match writer % 2 {
                    0 => v1::write(&pool, 100 * written + writer).await,
                    _ => {
                        let user = new_user(&format!("{writer} {written}"));
                        pool.audited(&context()).insert(user).await.unwrap();
                    }
                }
                written += 1;
                if is_last {
                    return written;
                }
            }
        });
    }
    schema::install(&db.connect(|_| {}).await).await.unwrap();
    is_upgraded.store(true, Ordering::SeqCst);
    let written: usize = writers.join_all().await.into_iter().sum();
    assert_eq!(entries(&db.db).await, 50 + written as u64);
    assert_eq!(description(db).await, golden(db));
    assert_eq!(versions(db).await, VERSIONS);
}

/// An installer that finds another one at work continues with the log as it is.
async fn several_upgrade_at_once(db: &Database) {
    v1::create(db).await;
    insert(&db.db, None).await;
    let (a, b, c) = tokio::join!(db.connect(|_| {}), db.connect(|_| {}), db.connect(|_| {}));
    tokio::try_join!(
        schema::install(&a),
        schema::install(&b),
        schema::install(&c)
    )
    .unwrap();
    assert_eq!(description(db).await, golden(db));
    assert_eq!(versions(db).await, VERSIONS);
    insert(&db.db, None).await;
}

/// The upgrade returns its connection unchanged: outside a transaction, without a lock, with its own time limit.
#[test]
fn an_upgrade_leaves_its_connection_as_it_was() {
    run(DbBackend::Postgres, async |db| {
        v1::create(db).await;
        let one = &db
            .connect(|options| {
                options.max_connections(1);
            })
            .await;
        one.execute_unprepared("SET statement_timeout = '1h'")
            .await
            .unwrap();
        schema::install(one).await.unwrap();
        assert_eq!(versions(db).await, VERSIONS);
        let setting = "SELECT current_setting('statement_timeout'), pg_backend_pid()";
        let setting = Statement::from_string(DbBackend::Postgres, setting);
        let setting = one.query_one_raw(setting).await.unwrap().unwrap();
        assert_eq!(setting.try_get_by_index::<String>(0).unwrap(), "1h");
        let process: i32 = setting.try_get_by_index(1).unwrap();
        let state = format!(
            "SELECT concat_ws(' ', state, (SELECT count(*) FROM pg_locks WHERE pid = {process})) AS value
             FROM pg_stat_activity WHERE pid = {process}"
        );
        assert_eq!(column::<String>(db, &state).await, ["idle 0"]);
    });
}
