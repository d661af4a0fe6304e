//! A required feed holds a purge back.

use audit_runtime::{Error, feed::Feed};

use super::support::{Memory, drain, installed, started};
use crate::{
    backend::{Database, on_every_backend},
    entities::context,
    retention::{ids, record, retention},
};

on_every_backend!(
    what_a_required_feed_has_not_delivered_stays,
    a_plan_tells_what_is_not_delivered
);

async fn what_a_required_feed_has_not_delivered_stays(database: &Database) {
    let (db, log) = installed(database).await;
    let retention = retention();
    retention.install(&db, &context()).await.unwrap();
    record(database, 2).await;
    let first = ids(database, "CAME").await;

    // A feed that is not required holds nothing back.
    let (mut optional, _) = started(&db, log).await;
    let mut required = Feed::new("copy", log, Memory::default()).required();
    required.start(&db, &context()).await.unwrap();
    let report = retention.run(&db, &context()).await.unwrap();
    assert_eq!((report.purged(), report.delivered), (0, Some(0)));
    assert_eq!(ids(database, "CAME").await, first);

    drain(&mut required, &db).await;
    record(database, 1).await;
    let report = retention.run(&db, &context()).await.unwrap();
    assert_eq!(report.purged(), 2);
    assert!(report.delivered.unwrap() >= first[1]);
    assert_eq!(ids(database, "CAME").await.len(), 1);

    drain(&mut required, &db).await;
    let report = retention.run(&db, &context()).await.unwrap();
    assert_eq!(report.purged(), 1);
    // Deleted entries do not stop a feed.
    drain(&mut optional, &db).await;

    let required = Feed::new("copy", log, Memory::default());
    required.start(&db, &context()).await.unwrap();
    let report = retention.run(&db, &context()).await.unwrap();
    assert_eq!(report.delivered, None);
}

async fn a_plan_tells_what_is_not_delivered(database: &Database) {
    let (db, log) = installed(database).await;
    let retention = retention();
    retention.install(&db, &context()).await.unwrap();
    record(database, 2).await;
    let mut required = Feed::new("copy", log, Memory::default()).required();
    required.start(&db, &context()).await.unwrap();
    drain(&mut required, &db).await;
    record(database, 1).await;

    let plan = retention.plan(&db).await.unwrap();
    assert_eq!((plan.entries(), plan.policies[0].undelivered), (2, 1));
    // Entries delivered since then do not change the plan.
    drain(&mut required, &db).await;
    let report = retention.execute(&db, &context(), &plan).await.unwrap();
    assert_eq!(report.purged(), 2);
    assert_eq!(ids(database, "CAME").await.len(), 1);

    // An additional feed does.
    record(database, 1).await;
    drain(&mut required, &db).await;
    let plan = retention.plan(&db).await.unwrap();
    assert_eq!(plan.entries(), 2);
    let behind = Feed::new("behind", log, Memory::default()).required();
    behind.start(&db, &context()).await.unwrap();
    let error = retention.execute(&db, &context(), &plan).await.unwrap_err();
    assert!(matches!(error, Error::PlanOutdated { .. }), "{error}");
    assert_eq!(ids(database, "CAME").await.len(), 2);
}
