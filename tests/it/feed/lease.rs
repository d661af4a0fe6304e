//! Leases: one process at a time delivers a feed.

use std::time::Duration;

use audit_runtime::feed::{Batch, Feed, Sink, SinkError, Step, lags};
use sea_orm::{ConnectionTrait, DatabaseConnection};
use tokio::sync::Notify;

use super::support::{Memory, Received, drain, expire, feed, ids, installed, record, started};
use crate::backend::{Database, on_every_backend};

on_every_backend!(
    one_of_two_delivers,
    a_worker_whose_lease_was_taken_moves_nothing,
    a_delivery_stops_when_the_lease_is_lost,
    the_lease_is_kept_while_a_sink_is_slow,
);

async fn one_of_two_delivers(database: &Database) {
    let (db, log) = installed(database).await;
    let (mut first, received) = started(&db, log).await;
    let (mut second, later) = started(&db, log).await;
    record(&db, 1).await;
    drain(&mut first, &db).await;
    record(&db, 1).await;
    for _ in 0..3 {
        assert_eq!(second.step(&db).await.unwrap(), Step::Waiting);
    }
    let all = ids(&db).await;
    expire(&db).await;
    drain(&mut second, &db).await;
    assert_eq!(later.all(), all[2..]);
    assert_eq!(received.all(), all[..2]);

    // The first worker continues with an outdated position, and finds its lease lost.
    assert_eq!(first.step(&db).await.unwrap(), Step::LeaseLost);
    assert_eq!(first.step(&db).await.unwrap(), Step::Waiting);
    assert_eq!(received.all(), all);
    first.release(&db).await.unwrap();
    assert_eq!(first.step(&db).await.unwrap(), Step::Waiting);
    second.release(&db).await.unwrap();
    drain(&mut first, &db).await;
}

/// A sink that lets another worker take over after half of the batch.
struct Overtaken {
    db: DatabaseConnection,
    other: Feed<Memory>,
    received: Received,
    is_taken: bool,
}

impl Sink for Overtaken {
    async fn deliver(&mut self, batch: &Batch) -> Result<(), SinkError> {
        if !self.is_taken {
            self.is_taken = true;
            expire(&self.db).await;
            drain(&mut self.other, &self.db).await;
        }
        self.received.push(batch);
        Ok(())
    }
}

async fn a_worker_whose_lease_was_taken_moves_nothing(database: &Database) {
    let (db, log) = installed(database).await;
    let (other, _) = started(&db, log).await;
    let received = Received::default();
    let sink = Overtaken {
        db: db.clone(),
        other: other.batch(2, 1 << 20),
        received: received.clone(),
        is_taken: false,
    };
    let mut stale = feed(log, sink).batch(3, 1 << 20);
    record(&db, 9).await;
    let all = ids(&db).await;
    assert_eq!(stale.step(&db).await.unwrap(), Step::LeaseLost);
    assert_eq!(received.all(), all[..3]);
    let [lag] = &lags(&db).await.unwrap()[..] else {
        panic!("one feed")
    };
    assert_eq!((lag.position, lag.entries), (all[9], 0));
    assert_eq!(stale.step(&db).await.unwrap(), Step::Waiting);
}

/// A sink that never answers, and signals that it was called.
struct Hanging<'a>(&'a Notify);

impl Sink for Hanging<'_> {
    async fn deliver(&mut self, _: &Batch) -> Result<(), SinkError> {
        self.0.notify_one();
        std::future::pending().await
    }
}

async fn a_delivery_stops_when_the_lease_is_lost(database: &Database) {
    let (db, log) = installed(database).await;
    let _ = started(&db, log).await;
    let called = Notify::new();
    let mut hanging = feed(log, Hanging(&called)).lease(Duration::from_millis(60));
    let take = async {
        called.notified().await;
        // In one statement, because the worker keeps renewing the lease.
        let sql = "UPDATE audit_feed SET holder = 'another', held_until = '2100-01-01 00:00:00'";
        db.execute_unprepared(sql).await.unwrap();
    };
    let (step, ()) = tokio::join!(hanging.step(&db), take);
    assert_eq!(step.unwrap(), Step::LeaseLost);
    assert_eq!(
        lags(&db).await.unwrap()[0].holder.as_deref(),
        Some("another")
    );
}

/// A sink that answers after the lease has been renewed.
struct Slow(DatabaseConnection);

impl Sink for Slow {
    async fn deliver(&mut self, _: &Batch) -> Result<(), SinkError> {
        let until = held_until(&self.0).await;
        while held_until(&self.0).await == until {}
        Ok(())
    }
}

async fn the_lease_is_kept_while_a_sink_is_slow(database: &Database) {
    let (db, log) = installed(database).await;
    let _ = started(&db, log).await;
    let mut slow = feed(log, Slow(db.clone())).lease(Duration::from_millis(300));
    let step = slow.step(&db).await.unwrap();
    assert!(
        matches!(step, Step::Delivered { entries: 1, .. }),
        "{step:?}"
    );
}

async fn held_until(db: &DatabaseConnection) -> String {
    let sql = match db.get_database_backend() {
        sea_orm::DbBackend::MySql => {
            "SELECT CAST(held_until AS char) AS held_until FROM audit_feed"
        }
        _ => "SELECT CAST(held_until AS text) AS held_until FROM audit_feed",
    };
    let statement = sea_orm::Statement::from_string(db.get_database_backend(), sql);
    let row = db.query_one_raw(statement).await.unwrap().unwrap();
    row.try_get("", "held_until").unwrap()
}
