//! Holds and late commits during a run.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use audit_runtime::{
    prelude::*,
    retention::{self, Hold},
};
use sea_orm::{ConnectionTrait, DatabaseBackend, DatabaseConnection, Statement, TransactionTrait};
use tokio::{
    runtime::Handle,
    task::{block_in_place, yield_now},
};

use super::{
    archive::{self, everything},
    ids, installed,
};
use crate::{
    backend::{Database, on_every_backend},
    entities::context,
};

on_every_backend!(
    a_run_waits_for_a_hold_that_is_being_placed,
    a_hold_waits_for_a_batch,
    a_late_commit_goes_into_the_next_file,
);

async fn a_run_waits_for_a_hold_that_is_being_placed(database: &Database) {
    let retention = installed(database, 3).await;
    let placing = database.connect(|_| {}).await;
    let transaction = placing.begin().await.unwrap();
    let changeset = match database.backend() {
        DatabaseBackend::Postgres => "gen_random_uuid()",
        _ => "x'00000000000000000000000000000000'",
    };
    for statement in [
        format!(
            "INSERT INTO audit_log (kind, format, changeset_id, action, outcome, actor_kind, actor_id, timestamp)
             VALUES (2, 1, {changeset}, 'HOLD', 'SUCCESS', 'Admin', '7', '2026-11-23T09:19:08.123456')"
        ),
        "INSERT INTO audit_hold (entity_type, entity_id, entry_id) SELECT 'Visit', '1', max(id) FROM audit_log".to_owned(),
    ] {
        transaction.execute_unprepared(&statement).await.unwrap();
    }
    let run = {
        let db = database.db.clone();
        tokio::spawn(async move { retention.run(&db, &context()).await.unwrap().purged() })
    };
    until_somebody_waits(&database.connect(|_| {}).await).await;
    assert!(!run.is_finished());
    transaction.commit().await.unwrap();
    assert_eq!(run.await.unwrap(), 2);
    assert_eq!(ids(database, "CAME").await.len(), 1);
}

/// The entries of the batch are deleted before the hold is placed, and the log has the same order.
async fn a_hold_waits_for_a_batch(database: &Database) {
    let retention = installed(database, 3).await;
    let mut purging = database.connect(|_| {}).await;
    let (placing, looking) = (
        database.connect(|_| {}).await,
        database.connect(|_| {}).await,
    );
    let (runtime, has_begun) = (Handle::current(), AtomicBool::new(false));
    let hold = Arc::new(Mutex::new(None));
    let placed = hold.clone();
    purging.set_metric_callback(move |info| {
        let is_batch = info.statement.sql.starts_with("DELETE FROM");
        if is_batch && !has_begun.swap(true, Ordering::SeqCst) {
            let placing = placing.clone();
            let hold = async move {
                let hold = Hold::new("matter 1").row("Visit", "1");
                retention::hold(&placing, &context(), hold).await.unwrap()
            };
            *placed.lock().unwrap() = Some(runtime.spawn(hold));
            block_in_place(|| runtime.block_on(until_somebody_waits(&looking)));
        }
    });
    let report = retention.run(&purging, &context()).await.unwrap();
    assert_eq!(report.purged(), 3);
    let hold = hold.lock().unwrap().take().unwrap();
    let hold = hold.await.unwrap();
    assert!(ids(database, "PURGE").await[0] < hold.entry_id);
}

async fn a_late_commit_goes_into_the_next_file(database: &Database) {
    // On SQLite, no other connection writes during an open transaction.
    if database.backend() == DatabaseBackend::Sqlite {
        return;
    }
    let (store, retention) = archive::installed(database, 1).await;
    let late = database.connect(|_| {}).await;
    let context = context();
    let unit = late.audited(&context).begin().await.unwrap();
    let visit = Event::new("CAME").on("Visit", "late");
    unit.record(visit).await.unwrap();
    super::record(database, 1).await;
    let first = retention.run(&database.db, &context).await.unwrap();
    unit.commit().await.unwrap();
    let [late] = ids(database, "CAME").await[..] else {
        panic!("{first:?}")
    };
    let second = retention.run(&database.db, &context).await.unwrap();
    let [first, second] = [first, second].map(|mut report| report.archived.remove(0));
    assert_eq!((first.entries, second.entries), (2, 1));
    // Its id is among those of the first file.
    assert!(first.first_id < late && late < first.last_id);
    assert_eq!((second.first_id, second.last_id), (late, late));
    assert!(ids(database, "CAME").await.is_empty());
    let all = everything(database, &store).await;
    let came = all.iter().filter(|entry| entry.action == "CAME");
    let rows: Vec<_> = came.map(|entry| entry.entity_id.clone().unwrap()).collect();
    assert_eq!(rows, ["0", "late", "0"]);
}

/// Waits until one of the two waits for the other. SQLite does not report it.
async fn until_somebody_waits(db: &DatabaseConnection) {
    let question = match db.get_database_backend() {
        DatabaseBackend::Postgres => {
            "SELECT count(*)::text AS \"Value\" FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
             AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        }
        DatabaseBackend::MySql => "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'",
        _ => return yield_now().await,
    };
    loop {
        let question = Statement::from_string(db.get_database_backend(), question);
        let row = db.query_one_raw(question).await.unwrap().unwrap();
        if row.try_get::<String>("", "Value").unwrap() != "0" {
            return;
        }
    }
}
