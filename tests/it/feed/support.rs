//! A log with feeds, and a sink that records its calls.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use audit_runtime::{
    audit_log,
    feed::{self, Batch, Feed, Sink, SinkError, Step},
    prelude::*,
    schema,
};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

use crate::{backend::Database, entities::context};

/// The name of the feed of most scenarios.
pub const FEED: &str = "siem";

/// Installs the log and the feeds. Returns the log's id.
pub async fn installed(database: &Database) -> (DatabaseConnection, Uuid) {
    let db = database
        .connect(|options| {
            options.max_connections(8);
        })
        .await;
    schema::install(&db).await.unwrap();
    schema::install_feed(&db).await.unwrap();
    let log = feed::log_id(&db).await.unwrap();
    (db, log)
}

/// Starts a feed. Returns it with the ids that its sink receives.
pub async fn started(db: &DatabaseConnection, log: Uuid) -> (Feed<Memory>, Received) {
    let sink = Memory::default();
    let received = sink.received.clone();
    let feed = feed(log, sink);
    feed.start(db, &context()).await.unwrap();
    (feed, received)
}

/// A feed that does not wait for missing ids. Scenarios with missing ids set their own patience.
pub fn feed<S: Sink>(log: Uuid, sink: S) -> Feed<S> {
    Feed::new(FEED, log, sink).gap_patience(Duration::ZERO)
}

/// Runs steps until there is nothing to deliver.
pub async fn drain<S: Sink>(feed: &mut Feed<S>, db: &DatabaseConnection) {
    while !matches!(feed.step(db).await.unwrap(), Step::Idle { .. }) {}
}

/// Records events.
pub async fn record(db: &DatabaseConnection, events: usize) {
    let context = context();
    for event in 0..events {
        let event = Event::new("CAME").on("Visit", event.to_string());
        db.audited(&context).record(event).await.unwrap();
    }
}

/// The ids of all entries.
pub async fn ids(db: &impl ConnectionTrait) -> Vec<i64> {
    audit_log::Entity::find()
        .select_only()
        .column(audit_log::Column::Id)
        .order_by_asc(audit_log::Column::Id)
        .into_tuple()
        .all(db)
        .await
        .unwrap()
}

pub async fn of_action(db: &DatabaseConnection, action: &str) -> Vec<audit_log::Model> {
    audit_log::Entity::find()
        .filter(audit_log::Column::Action.eq(action))
        .order_by_asc(audit_log::Column::Id)
        .all(db)
        .await
        .unwrap()
}

/// Expires every lease.
pub async fn expire(db: &DatabaseConnection) {
    let sql = "UPDATE audit_feed SET held_until = '2000-01-01 00:00:00'";
    db.execute_unprepared(sql).await.unwrap();
}

/// The ids that a sink received, call by call.
#[derive(Clone, Debug, Default)]
pub struct Received(Arc<Mutex<Vec<Vec<i64>>>>);

impl Received {
    pub fn batches(&self) -> Vec<Vec<i64>> {
        self.0.lock().unwrap().clone()
    }

    pub fn all(&self) -> Vec<i64> {
        self.batches().concat()
    }

    pub fn push(&self, batch: &Batch) {
        let ids = batch.entries().iter().map(|entry| entry.id);
        self.0.lock().unwrap().push(ids.collect());
    }
}

/// The answer of a sink instead of `Ok`.
#[derive(Debug)]
pub enum Answer {
    /// The sink has the batch, but its reply is lost.
    Lost,
    /// The sink does not take the batch.
    Refused,
    /// The sink never takes this entry.
    Rejected(i64),
    /// The sink does not answer.
    Hangs,
}

#[derive(Debug, Default)]
pub struct Memory {
    pub received: Received,
    pub answers: VecDeque<Answer>,
    /// The sink rejects batches with this entry.
    pub rejects: Option<i64>,
}

impl Sink for Memory {
    async fn deliver(&mut self, batch: &Batch) -> Result<(), SinkError> {
        let has = |id| batch.entries().iter().any(|entry| entry.id == id);
        if let Some(entry) = self.rejects.filter(|id| has(*id)) {
            let why = "too\nlarge".to_owned();
            return Err(SinkError::Rejected { entry, why });
        }
        match self.answers.pop_front() {
            None => self.received.push(batch),
            Some(Answer::Lost) => {
                self.received.push(batch);
                return Err(SinkError::failed("the reply was lost"));
            }
            Some(Answer::Refused) => return Err(SinkError::failed("not now")),
            Some(Answer::Rejected(entry)) => {
                let why = "not mine".to_owned();
                return Err(SinkError::Rejected { entry, why });
            }
            Some(Answer::Hangs) => std::future::pending().await,
        }
        Ok(())
    }
}
