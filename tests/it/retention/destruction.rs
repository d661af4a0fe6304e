//! Destruction of files.

use std::time::Duration;

use audit_runtime::{
    Entry, Error,
    retention::{
        self, Hold,
        archive::object_store::{ObjectStoreExt, path::Path},
    },
};

use super::{
    archive::{everything, files, installed, with},
    ids, last, record, visits,
};
use crate::{
    backend::{Database, on_every_backend},
    entities::context,
};

on_every_backend!(
    a_file_is_destroyed_by_an_entry,
    entries_on_hold_outlive_their_file,
    a_damaged_file_stops_no_other,
);

async fn a_file_is_destroyed_by_an_entry(database: &Database) {
    let (store, retention) = installed(database, 2).await;
    let newest = ids(database, "CAME").await[1];
    let report = retention.run(&database.db, &context()).await.unwrap();
    let file = report.archived[0].file.clone();
    // Ages are in seconds of the database's clock. Another policy of the same name makes the file old.
    let old = with(&store, visits().destroy_after(Duration::ZERO));
    let plan = old.plan(&database.db).await.unwrap();
    assert_eq!(plan.policies[0].files, 1);
    let report = old.run(&database.db, &context()).await.unwrap();
    let [destroyed] = &report.destroyed[..] else {
        panic!("{report:?}")
    };
    assert_eq!((&*destroyed.file, destroyed.entries), (&*file, 2));
    assert_eq!(destroyed.kept_in, None);
    assert!(files(&store).await.is_empty());
    let purge = last(database).await;
    assert_eq!(purge.action, "PURGE");
    let metadata = purge.metadata.unwrap();
    assert_eq!(metadata["destroyed_file"], file);
    assert_eq!(metadata["entries"], 2);
    assert_eq!(metadata["destroyed"]["Visit"]["id"], newest);
    let left = everything(database, &store).await;
    assert!(left.iter().all(|entry| entry.action != "CAME"));
}

async fn entries_on_hold_outlive_their_file(database: &Database) {
    let (store, retention) = installed(database, 4).await;
    let before = everything(database, &store).await;
    retention.run(&database.db, &context()).await.unwrap();
    let hold = Hold::new("matter 1").row("Visit", "2");
    let hold = retention::hold(&database.db, &context(), hold)
        .await
        .unwrap();
    let old = with(&store, visits().destroy_after(Duration::ZERO));
    let report = old.run(&database.db, &context()).await.unwrap();
    assert_eq!(report.destroyed[0].entries, 3);
    let kept_in = report.destroyed[0].kept_in.clone().unwrap();
    assert!(files(&store).await.contains(&kept_in));

    let came = |entries: Vec<Entry>| {
        let came = entries.into_iter().filter(|entry| entry.action == "CAME");
        came.collect::<Vec<_>>()
    };
    let held = came(before).remove(2);
    assert_eq!(
        came(everything(database, &store).await),
        std::slice::from_ref(&held)
    );
    let again = old.run(&database.db, &context()).await.unwrap();
    assert!(again.destroyed.is_empty());
    assert_eq!(came(everything(database, &store).await), [held]);

    retention::release(&database.db, &context(), hold.id, "settled")
        .await
        .unwrap();
    let report = old.run(&database.db, &context()).await.unwrap();
    assert_eq!(
        (&*report.destroyed[0].file, report.destroyed[0].entries),
        (&*kept_in, 1)
    );
    assert!(files(&store).await.is_empty());
}

/// Every run reports the error until the file is repaired, and does the rest.
async fn a_damaged_file_stops_no_other(database: &Database) {
    let (store, retention) = installed(database, 0).await;
    let db = &database.db;
    let mut names = Vec::new();
    for _ in 0..3 {
        record(database, 1).await;
        let report = retention.run(db, &context()).await.unwrap();
        names.push(report.archived[0].file.clone());
    }
    let path = Path::from(&*names[0]);
    let good = store.get(&path).await.unwrap().bytes().await.unwrap();
    let hold = Hold::new("matter 1").entity_type("Other");
    let hold = retention::hold(db, &context(), hold).await.unwrap();
    let damaged = |problem: &Error| problem.to_string().contains(&names[0]);
    for bad in [good.slice(..good.len() - 1), good.slice(..0)] {
        store.put(&path, bad.into()).await.unwrap();
        let old = with(&store, visits().destroy_after(Duration::ZERO));
        let error = old.run(db, &context()).await.unwrap_err();
        assert!(damaged(&error), "{error}");
    }
    let left = files(&store).await;
    assert_eq!(left, [names[0].clone(), format!("{}.json", names[0])]);
    retention::release(db, &context(), hold.id, "settled")
        .await
        .unwrap();

    store.delete(&path).await.unwrap();
    let old = with(&store, visits().destroy_after(Duration::ZERO));
    let error = old.run(db, &context()).await.unwrap_err();
    assert!(
        damaged(&error) && matches!(error, Error::ArchiveFailed { .. }),
        "{error}"
    );

    store.put(&path, good.into()).await.unwrap();
    let report = old.run(db, &context()).await.unwrap();
    assert_eq!(report.destroyed[0].file, names[0]);
    assert!(files(&store).await.is_empty());
    assert_eq!(ids(database, "CAME").await.len(), 0);
}
