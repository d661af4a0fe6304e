//! Registration: tables, the start of a feed and its events, and the id of the log.

use std::time::Duration;

use audit_runtime::{
    Error,
    feed::{self, Feed, lags},
    schema::{self, Dialect, feed_migrations, feed_statements},
};
use sea_orm::ConnectionTrait;
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use serde_json::json;

use super::support::{FEED, Memory, drain, expire, ids, installed, of_action, record, started};
use crate::{
    backend::{Database, on_every_backend},
    entities::context,
};

on_every_backend!(
    the_start_of_a_feed_is_an_entry,
    a_feed_is_refused_by_name,
    lag_is_told,
    a_new_epoch_has_another_id,
    a_log_that_was_restored_is_refused,
    tables_are_installed_once,
    tables_come_by_statements_and_migration,
);

async fn the_start_of_a_feed_is_an_entry(database: &Database) {
    let (db, log) = installed(database).await;
    let (feed, _) = started(&db, log).await;
    feed.start(&db, &context()).await.unwrap();
    let feed = feed.required();
    feed.start(&db, &context()).await.unwrap();
    feed.start(&db, &context()).await.unwrap();
    let exports = of_action(&db, "EXPORT").await;
    let metadata: Vec<_> = exports
        .iter()
        .map(|row| row.metadata.clone().unwrap())
        .collect();
    assert_eq!(
        metadata,
        [
            json!({ "feed": FEED, "log": log, "required": false, "after": 0 }),
            json!({ "feed": FEED, "log": log, "required": true }),
        ]
    );
    assert_eq!(exports[0].actor_id, context().actor().id());

    // If many start at once, one of them registers the feed.
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let db = db.clone();
        tasks.spawn(async move {
            let feed = Feed::new("many", log, Memory::default());
            feed.start(&db, &context()).await.unwrap();
        });
    }
    tasks.join_all().await;
    assert_eq!(of_action(&db, "EXPORT").await.len(), 3);
}

async fn a_feed_is_refused_by_name(database: &Database) {
    let db = &database.db;
    schema::install(db).await.unwrap();
    let log = uuid::Uuid::nil();
    let unstarted = || Feed::new(FEED, log, Memory::default());
    assert!(matches!(feed::log_id(db).await, Err(Error::FeedMissing(_))));
    assert!(matches!(lags(db).await, Err(Error::FeedMissing(_))));
    assert!(matches!(
        unstarted().step(db).await,
        Err(Error::FeedMissing(_))
    ));
    let missing = unstarted().start(db, &context()).await;
    assert!(matches!(missing, Err(Error::FeedMissing(_))));

    schema::install_feed(db).await.unwrap();
    let error = unstarted().step(db).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "feed `siem`: it was not started: call Feed::start first"
    );
    for name in ["", "Siem", "a b", &"a".repeat(65)] {
        let feed = Feed::new(name, log, Memory::default());
        let error = feed.start(db, &context()).await.unwrap_err();
        let expected =
            format!("feed `{name}`: its name must be 1 to 64 of a to z, digits, _ and -");
        assert_eq!(error.to_string(), expected);
    }
}

async fn lag_is_told(database: &Database) {
    let (db, log) = installed(database).await;
    let (feed, _) = started(&db, log).await;
    let mut feed = feed.required();
    feed.start(&db, &context()).await.unwrap();
    record(&db, 2).await;
    let entries = ids(&db).await;
    let first = of_action(&db, "EXPORT").await.remove(0);
    let [lag] = &lags(&db).await.unwrap()[..] else {
        panic!("one feed")
    };
    assert_eq!((&*lag.feed, lag.position, lag.required), (FEED, 0, true));
    assert_eq!((lag.entries, lag.oldest), (4, Some(first.recorded_at)));
    assert_eq!(lag.holder, None);
    drain(&mut feed, &db).await;

    let [lag] = &lags(&db).await.unwrap()[..] else {
        panic!("one feed")
    };
    assert_eq!(
        (lag.entries, lag.oldest, lag.age),
        (0, None, Duration::ZERO)
    );
    assert_eq!(lag.position, *entries.last().unwrap());
    assert!(lag.holder.is_some());
    feed.release(&db).await.unwrap();
    assert_eq!(lags(&db).await.unwrap()[0].holder, None);
}

async fn a_new_epoch_has_another_id(database: &Database) {
    let (db, log) = installed(database).await;
    let (mut feed, received) = started(&db, log).await;
    record(&db, 1).await;
    drain(&mut feed, &db).await;
    assert_eq!(feed::log_id(&db).await.unwrap(), log);
    let next = feed::begin_epoch(&db, &context()).await.unwrap();
    assert_eq!(feed::log_id(&db).await.unwrap(), next);
    assert_ne!(next, log);
    feed.release(&db).await.unwrap();
    let error = feed.step(&db).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "feed `siem`: the log has another id now: make the feed and its format with feed::log_id"
    );
    let (mut feed, later) = started(&db, next).await;
    expire(&db).await;
    drain(&mut feed, &db).await;
    assert_eq!([received.all(), later.all()].concat(), ids(&db).await);
    let exports = of_action(&db, "EXPORT").await;
    assert_eq!(
        exports[1].metadata,
        Some(json!({ "log": next, "log_before": log }))
    );
}

async fn a_log_that_was_restored_is_refused(database: &Database) {
    let (db, log) = installed(database).await;
    let (mut feed, _) = started(&db, log).await;
    db.execute_unprepared("UPDATE audit_feed SET position = 1000")
        .await
        .unwrap();
    let error = feed.step(&db).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "feed `siem`: the log ends before the feed's position, as after a restore: call feed::begin_epoch"
    );
    let next = feed::begin_epoch(&db, &context()).await.unwrap();
    expire(&db).await;
    let (mut feed, received) = started(&db, next).await;
    record(&db, 1).await;
    drain(&mut feed, &db).await;
    assert_eq!(received.all(), ids(&db).await[1..]);
}

async fn tables_are_installed_once(database: &Database) {
    let missing = schema::install_feed(&database.db).await.unwrap_err();
    assert!(matches!(missing, Error::LogMissing(_)), "{missing}");
    schema::install(&database.db).await.unwrap();
    let mut installs = tokio::task::JoinSet::new();
    for _ in 0..4 {
        let db = database.connect(|_| {}).await;
        installs.spawn(async move {
            schema::install_feed(&db).await.unwrap();
            feed::log_id(&db).await.unwrap()
        });
    }
    let mut logs = installs.join_all().await;
    logs.dedup();
    assert_eq!(logs.len(), 1);
}

async fn tables_come_by_statements_and_migration(database: &Database) {
    let db = &database.db;
    schema::install(db).await.unwrap();
    let dialect = Dialect::of(db).await.unwrap();
    for _ in 0..2 {
        for statement in feed_statements(dialect) {
            db.execute_unprepared(&statement).await.unwrap();
        }
    }
    feed::log_id(db).await.unwrap();
    Migrator::up(db, None).await.unwrap();
    let (mut feed, received) = started(db, feed::log_id(db).await.unwrap()).await;
    drain(&mut feed, db).await;
    assert_eq!(received.all().len(), 1);
    Migrator::down(db, None).await.unwrap();
    assert!(matches!(lags(db).await, Err(Error::FeedMissing(_))));
    Migrator::up(db, None).await.unwrap();
    assert_eq!(lags(db).await.unwrap(), []);
}

struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        feed_migrations()
    }
}
