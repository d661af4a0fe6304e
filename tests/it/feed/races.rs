//! Concurrent writers that roll back, and workers that stop anywhere or continue without their lease.

use std::{
    collections::BTreeSet,
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use audit_runtime::{
    audit_log,
    feed::{Batch, Feed, Sink, SinkError, Step},
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait,
    QueryFilter, QueryOrder, QuerySelect, TransactionTrait,
};
use tokio::{sync::watch, task::JoinSet};
use uuid::Uuid;

use super::support::{FEED, Memory, expire, ids, installed};
use crate::{
    backend::{Database, on_every_backend},
    entities::context,
};

on_every_backend!(workers_that_stop_anywhere_lose_nothing);

const WRITERS: u64 = 4;
const ROUNDS: u64 = 60;
const STOPS: usize = 220;

async fn workers_that_stop_anywhere_lose_nothing(database: &Database) {
    let (db, log) = installed(database).await;
    Feed::new(FEED, log, Memory::default())
        .start(&db, &context())
        .await
        .unwrap();
    let receiver = Receiver::default();
    let wrong = wrong_cursor_loses(&db).await;

    let (done, is_done) = watch::channel(false);
    let mut workers = JoinSet::new();
    for worker in 0..2 {
        let life = Life {
            db: db.clone(),
            log,
            receiver: receiver.clone(),
            is_done: is_done.clone(),
        };
        workers.spawn(life.again_and_again(worker));
    }
    write(&db).await;
    done.send(true).unwrap();
    workers.join_all().await;

    let all: BTreeSet<_> = ids(&db).await.into_iter().collect();
    let arrived = receiver.arrived.lock().unwrap().clone();
    // Repetitions are dropped by id only. The rest is complete and in order.
    let mut kept = Vec::new();
    for id in &arrived {
        if kept.last().is_none_or(|last| last < id) {
            kept.push(*id);
        }
    }
    println!(
        "{:?}: {} committed, {} sent, {} kept, {} stops, {} stalls, {wrong} lost by a wrong cursor",
        database.server(),
        all.len(),
        arrived.len(),
        kept.len(),
        receiver.stops.load(Ordering::Relaxed),
        receiver.stalls.load(Ordering::Relaxed),
    );
    assert_eq!(kept, all.into_iter().collect::<Vec<_>>());
    assert!(receiver.stops.load(Ordering::Relaxed) >= STOPS);
    assert!(receiver.stalls.load(Ordering::Relaxed) > 0);
}

/// Counts the entries that are committed late and lost by a reader that continues after the highest id.
async fn wrong_cursor_loses(db: &DatabaseConnection) -> usize {
    if db.get_database_backend() == DbBackend::Sqlite {
        // There is one writer at a time.
        return 0;
    }
    let late = db.begin().await.unwrap();
    insert(&late).await;
    insert(db).await;
    let mut read = ids(db).await;
    late.commit().await.unwrap();
    let after = audit_log::Entity::find()
        .select_only()
        .column(audit_log::Column::Id)
        .filter(audit_log::Column::Id.gt(read.last().copied()))
        .order_by_asc(audit_log::Column::Id);
    read.extend(after.into_tuple::<i64>().all(db).await.unwrap());
    let lost = ids(db).await.len() - read.len();
    assert_eq!(lost, 1, "the highest id must be seen to lose");
    lost
}

async fn write(db: &DatabaseConnection) {
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let db = db.clone();
        writers.spawn(async move {
            for round in 0..ROUNDS {
                let transaction = db.begin().await.unwrap();
                for _ in 0..=(writer + round) % 3 {
                    insert(&transaction).await;
                }
                // A different amount of work each time.
                for _ in 0..(writer * 7 + round * 5) % 11 {
                    transaction.execute_unprepared("SELECT 1").await.unwrap();
                }
                // Where the feed waits for a lost id, each new worker waits again.
                let may_lose = db.get_database_backend() != DbBackend::MySql || round + 6 > ROUNDS;
                match (writer + round) % 10 {
                    0 if may_lose => transaction.rollback().await.unwrap(),
                    _ => transaction.commit().await.unwrap(),
                }
            }
        });
    }
    writers.join_all().await;
}

async fn insert<C: ConnectionTrait>(db: &C) {
    let entry = audit_log::ActiveModel {
        kind: Set(1),
        format: Set(1),
        changeset_id: Set(Uuid::nil()),
        action: Set("UPDATE".to_owned()),
        outcome: Set("SUCCESS".to_owned()),
        actor_kind: Set("Admin".to_owned()),
        actor_id: Set("7".to_owned()),
        timestamp: Set("2026-11-23T09:19:08.123456Z".parse().unwrap()),
        ..Default::default()
    };
    audit_log::Entity::insert(entry).exec(db).await.unwrap();
}

/// The entries from all workers, in the order of arrival.
#[derive(Clone, Default)]
struct Receiver {
    arrived: Arc<Mutex<Vec<i64>>>,
    calls: Arc<AtomicUsize>,
    stops: Arc<AtomicUsize>,
    stalls: Arc<AtomicUsize>,
}

impl Receiver {
    async fn take(&self, entry: i64) {
        self.arrived.lock().unwrap().push(entry);
        tokio::task::yield_now().await;
    }
}

/// Delivers entries one by one.
struct Slow(Receiver);

impl Sink for Slow {
    async fn deliver(&mut self, batch: &Batch) -> Result<(), SinkError> {
        for entry in batch.entries() {
            self.0.take(entry.id).await;
        }
        Ok(())
    }
}

/// Like `Slow`, but in every fifth call another worker takes the lease half-way, and this one continues.
struct Stalling {
    db: DatabaseConnection,
    log: Uuid,
    receiver: Receiver,
}

impl Sink for Stalling {
    async fn deliver(&mut self, batch: &Batch) -> Result<(), SinkError> {
        let call = self.receiver.calls.fetch_add(1, Ordering::Relaxed);
        let stalls = call % 5 == 4;
        for (at, entry) in batch.entries().iter().enumerate() {
            if stalls && at == batch.entries().len() / 2 {
                expire(&self.db).await;
                let mut other = feed(self.log, Slow(self.receiver.clone()));
                other.step(&self.db).await.unwrap();
                self.receiver.stalls.fetch_add(1, Ordering::Relaxed);
            }
            self.receiver.take(entry.id).await;
        }
        Ok(())
    }
}

fn feed<S: Sink>(log: Uuid, sink: S) -> Feed<S> {
    // Longer than a busy machine needs to insert a row.
    let patience = Duration::from_secs(5);
    Feed::new(FEED, log, sink)
        .batch(4, 1 << 20)
        .gap_patience(patience)
}

struct Life {
    db: DatabaseConnection,
    log: Uuid,
    receiver: Receiver,
    is_done: watch::Receiver<bool>,
}

impl Life {
    /// Each life ends one poll later than the previous one. After a completed step, the count starts again.
    async fn again_and_again(self, worker: usize) {
        let mut feed = self.born().await;
        let mut polls = worker + 1;
        loop {
            let was_done =
                *self.is_done.borrow() && self.receiver.stops.load(Ordering::Relaxed) >= STOPS;
            let limit = if was_done { usize::MAX } else { polls };
            let step = UntilStopped {
                step: Box::pin(feed.step(&self.db)),
                polls: limit,
            };
            match step.await {
                None => {
                    self.receiver.stops.fetch_add(1, Ordering::Relaxed);
                    polls += 1;
                    // The process is gone. Another one begins at once, without its state.
                    feed = self.born().await;
                }
                Some(Ok(Step::Idle { blockers })) if was_done && blockers.is_empty() => return,
                Some(Ok(Step::Waiting)) if was_done => expire(&self.db).await,
                // The same feed, because a new one would wait again for a lost id.
                Some(Ok(Step::Idle { .. })) if was_done => {}
                Some(Ok(Step::Idle { .. } | Step::Waiting)) => {
                    polls += 1;
                    feed = self.born().await;
                }
                Some(Ok(_)) => polls = 1,
                Some(Err(error)) => panic!("{error}"),
            }
        }
    }

    async fn born(&self) -> Feed<Stalling> {
        expire(&self.db).await;
        let sink = Stalling {
            db: self.db.clone(),
            log: self.log,
            receiver: self.receiver.clone(),
        };
        feed(self.log, sink)
    }
}

struct UntilStopped<'a> {
    step: Pin<Box<dyn Future<Output = Result<Step, audit_runtime::Error>> + Send + 'a>>,
    polls: usize,
}

impl Future for UntilStopped<'_> {
    type Output = Option<Result<Step, audit_runtime::Error>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if self.polls == 0 {
            return Poll::Ready(None);
        }
        self.polls -= 1;
        let polled = self.step.as_mut().poll(context).map(Some);
        if polled.is_pending() && self.polls == 0 {
            return Poll::Ready(None);
        }
        polled
    }
}
