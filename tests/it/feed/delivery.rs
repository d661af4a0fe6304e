//! Delivery of feeds, and sinks that refuse entries.

use std::{future::ready, time::Duration};

use audit_runtime::{
    feed::{Feed, JsonLines, Lines, Step, lags, rejections},
    prelude::*,
};
use sea_orm::ConnectionTrait;
use serde_json::Value as Json;

use super::support::{Answer, FEED, Memory, drain, feed, ids, installed, record, started};
use crate::{
    backend::{Database, on_every_backend},
    entities::context,
};

on_every_backend!(
    every_entry_is_delivered_once_in_order,
    a_feed_goes_on_where_it_stopped,
    a_feed_may_begin_later,
    what_a_sink_does_not_take_comes_again,
    a_rejected_entry_is_set_aside,
    a_sink_that_says_nothing_gets_less,
    a_batch_has_bounded_memory,
    a_position_that_was_put_back_repeats,
    a_feed_stops_when_it_is_told,
);

async fn every_entry_is_delivered_once_in_order(database: &Database) {
    let (db, log) = installed(database).await;
    let (feed, received) = started(&db, log).await;
    let mut feed = feed.batch(3, 1 << 20);
    record(&db, 10).await;
    drain(&mut feed, &db).await;
    let all = ids(&db).await;
    assert_eq!(all.len(), 11);
    assert_eq!(received.all(), all);
    let sizes: Vec<_> = received.batches().iter().map(Vec::len).collect();
    assert_eq!(sizes, [3, 3, 3, 2]);

    record(&db, 1).await;
    let step = feed.step(&db).await.unwrap();
    let last = *ids(&db).await.last().unwrap();
    assert_eq!(
        step,
        Step::Delivered {
            entries: 1,
            position: last,
            is_full: false
        }
    );
}

async fn a_feed_goes_on_where_it_stopped(database: &Database) {
    let (db, log) = installed(database).await;
    let (mut first, received) = started(&db, log).await;
    record(&db, 2).await;
    drain(&mut first, &db).await;
    first.release(&db).await.unwrap();
    let (mut second, later) = started(&db, log).await;
    record(&db, 2).await;
    drain(&mut second, &db).await;
    assert_eq!([received.all(), later.all()].concat(), ids(&db).await);

    // A feed of another name has its own position.
    let sink = Memory::default();
    let whole = sink.received.clone();
    let mut other = Feed::new("other", log, sink);
    other.start(&db, &context()).await.unwrap();
    drain(&mut other, &db).await;
    assert_eq!(whole.all(), ids(&db).await);
}

async fn a_feed_may_begin_later(database: &Database) {
    let (db, log) = installed(database).await;
    record(&db, 3).await;
    let begin = ids(&db).await[1];
    let sink = Memory::default();
    let received = sink.received.clone();
    let mut feed = feed(log, sink).after(begin);
    feed.start(&db, &context()).await.unwrap();
    drain(&mut feed, &db).await;
    assert_eq!(received.all(), ids(&db).await[2..]);
}

async fn what_a_sink_does_not_take_comes_again(database: &Database) {
    let (db, log) = installed(database).await;
    let sink = Memory {
        answers: [Answer::Refused, Answer::Lost, Answer::Rejected(-1)].into(),
        ..Default::default()
    };
    let received = sink.received.clone();
    let mut feed = feed(log, sink);
    feed.start(&db, &context()).await.unwrap();
    record(&db, 2).await;

    let mut pauses = Vec::new();
    for (failures, expected) in (1..).zip([
        "not now",
        "the reply was lost",
        "entry -1 was rejected: not mine",
    ]) {
        let Step::Failed { why, pause } = feed.step(&db).await.unwrap() else {
            panic!("{expected}")
        };
        assert_eq!(why, expected);
        pauses.push(pause);
        let [lag] = &lags(&db).await.unwrap()[..] else {
            panic!("one feed")
        };
        assert_eq!(lag.failures, failures);
        assert_eq!(lag.failure.as_deref(), Some(expected));
        assert!(lag.failed_at.is_some());
    }
    assert!(pauses[0] >= Duration::from_millis(500) && pauses[2] >= Duration::from_secs(2));
    drain(&mut feed, &db).await;
    let all = ids(&db).await;
    assert_eq!(received.batches(), [all.clone(), all]);
    assert_eq!(lags(&db).await.unwrap()[0].failures, 0);
}

async fn a_rejected_entry_is_set_aside(database: &Database) {
    let (db, log) = installed(database).await;
    record(&db, 3).await;
    let all = ids(&db).await;
    let sink = Memory {
        rejects: Some(all[1]),
        ..Default::default()
    };
    let received = sink.received.clone();
    let mut feed = feed(log, sink).after(all[0] - 1).batch(2, 1 << 20);
    feed.start(&db, &context()).await.unwrap();
    for _ in 0..2 {
        let step = feed.step(&db).await.unwrap();
        assert!(matches!(step, Step::Failed { .. }), "{step:?}");
    }
    let why = "too\nlarge".to_owned();
    let entry = all[1];
    assert_eq!(feed.step(&db).await.unwrap(), Step::SetAside { entry, why });
    drain(&mut feed, &db).await;
    let expected: Vec<_> = ids(&db)
        .await
        .into_iter()
        .filter(|id| *id != entry)
        .collect();
    assert_eq!(received.all(), expected);

    let [rejection] = &rejections(&db, FEED).await.unwrap()[..] else {
        panic!("one")
    };
    assert_eq!((rejection.entry, &*rejection.why), (entry, "too large"));
    assert_eq!(lags(&db).await.unwrap()[0].rejected, 1);
    assert_eq!(rejections(&db, "other").await.unwrap(), []);
}

async fn a_sink_that_says_nothing_gets_less(database: &Database) {
    let (db, log) = installed(database).await;
    let sink = Memory {
        answers: [Answer::Hangs, Answer::Hangs].into(),
        ..Default::default()
    };
    let received = sink.received.clone();
    let mut feed = feed(log, sink).patience(Duration::from_millis(20));
    feed.start(&db, &context()).await.unwrap();
    record(&db, 3).await;
    for _ in 0..2 {
        let step = feed.step(&db).await.unwrap();
        let Step::Failed { why, .. } = step else {
            panic!("{step:?}")
        };
        assert_eq!(why, "the sink has not answered within 20ms");
    }
    let mut feed = feed.patience(Duration::MAX);
    let step = feed.step(&db).await.unwrap();
    assert!(
        matches!(
            step,
            Step::Delivered {
                entries: 1,
                is_full: true,
                ..
            }
        ),
        "{step:?}"
    );
    drain(&mut feed, &db).await;
    assert_eq!(received.all(), ids(&db).await);
}

async fn a_batch_has_bounded_memory(database: &Database) {
    let (db, log) = installed(database).await;
    for length in [300_000, 10, 10, 300_000, 300_000, 2_000_000, 10] {
        let event = Event::new("CAME").with("text", "x".repeat(length));
        db.audited(&context()).record(event).await.unwrap();
    }
    let sink = Memory::default();
    let received = sink.received.clone();
    let mut feed = feed(log, sink).batch(100, 700_000);
    feed.start(&db, &context()).await.unwrap();
    drain(&mut feed, &db).await;
    assert_eq!(received.all(), ids(&db).await);
    let sizes: Vec<_> = received.batches().iter().map(Vec::len).collect();
    assert_eq!(sizes, [4, 1, 1, 2]);
}

async fn a_position_that_was_put_back_repeats(database: &Database) {
    let (db, log) = installed(database).await;
    let (mut feed, received) = started(&db, log).await;
    record(&db, 3).await;
    drain(&mut feed, &db).await;
    db.execute_unprepared("UPDATE audit_feed SET position = 0")
        .await
        .unwrap();
    record(&db, 1).await;
    // The feed still uses the position that it knows.
    assert_eq!(feed.step(&db).await.unwrap(), Step::LeaseLost);
    drain(&mut feed, &db).await;
    let all = ids(&db).await;
    let (last, before) = all.split_last().unwrap();
    assert_eq!(
        received.batches(),
        [before.to_vec(), vec![*last], all.clone()]
    );
}

async fn a_feed_stops_when_it_is_told(database: &Database) {
    let (db, log) = installed(database).await;
    let mut bytes = Vec::new();
    let mut feed = feed(log, Lines::new(JsonLines::new(log), &mut bytes));
    feed.start(&db, &context()).await.unwrap();
    record(&db, 2).await;
    feed.run(&db, ready(())).await.unwrap();
    assert_eq!(lags(&db).await.unwrap()[0].holder, None);
    drop(feed);
    let text = String::from_utf8(bytes).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let told: Vec<Json> = lines.collect();
    let told: Vec<_> = told
        .iter()
        .map(|line| line["id"].as_i64().unwrap())
        .collect();
    assert_eq!(told, ids(&db).await);
    assert!(text.contains(&format!(r#""log":"{log}""#)));
}
