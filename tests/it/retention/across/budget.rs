//! The time limit of a request that reads files.

use std::{sync::Arc, time::Duration};

use audit_runtime::{
    Budget, Entry, Error, Page,
    prelude::*,
    retention::{
        Archive, DAY, Policy, Retention,
        archive::object_store::{ObjectStoreExt, memory::InMemory, path::Path},
    },
};

use super::super::{
    archive::{archive, files},
    record, visits,
};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, install, order, user},
};

on_every_backend!(
    a_page_reads_no_further_file_when_its_time_is_over,
    a_search_before_a_page_ends_with_its_time,
);

const NO_TIME: Budget = Budget::new().time(Duration::ZERO);

/// An archive of files with two entries each, whose ids alternate.
async fn filled(database: &Database) -> Arc<InMemory> {
    install(&database.db).await.unwrap();
    let store = Arc::new(InMemory::new());
    let others = Policy::new("said").document("SEC-12").actions(["SAID"]);
    let moving = |policy: Policy| policy.hot(Duration::ZERO).keep(365 * DAY);
    let kept = Policy::new("kept").document("SEC-12");
    let retention = Retention::new([moving(visits()), moving(others), kept]).unwrap();
    let archive = Archive::new(store.clone()).entries_per_file(2);
    let retention = retention.archive(archive).pace(1.0);
    retention.install(&database.db, &context()).await.unwrap();
    record(database, 7).await;
    retention.run(&database.db, &context()).await.unwrap();
    record(database, 1).await;
    store
}

async fn a_page_reads_no_further_file_when_its_time_is_over(database: &Database) {
    let store = filled(database).await;
    for question in [
        History::all(),
        History::all().newest_first(),
        History::on("Visit", "5"),
        History::all().action("SAID").newest_first(),
    ] {
        let question = question.across(&archive(&store));
        let expected = super::all(question.clone(), database).await;
        let (mut entries, mut pages): (Vec<Entry>, Vec<Page>) = Default::default();
        loop {
            let after = pages.last().and_then(|page| page.next);
            let page = question.page_within(&database.db, after, 50, NO_TIME).await;
            let page = page.unwrap();
            entries.extend(page.entries.clone());
            let is_last = page.next.is_none();
            assert!(is_last || page.ended_early());
            pages.push(page);
            if is_last {
                break;
            }
        }
        assert_eq!(entries, expected, "{question:?}");
        assert!(pages.len() > 4, "{question:?}: {}", pages.len());
    }
    // A file that the page has no time for may even be missing.
    let first_id = |file: &String| -> i64 {
        let ids = file.rsplit('/').next().unwrap();
        ids.split('-').next().unwrap().parse().unwrap()
    };
    let mut files = files(&store).await;
    files.sort_by_key(first_id);
    let file = files.iter().filter(|file| file.ends_with(".parquet"));
    for file in file.skip(1) {
        store.delete(&Path::from(&**file)).await.unwrap();
    }
    let question = History::all().across(&archive(&store));
    let page = question.page_within(&database.db, None, 50, NO_TIME).await;
    assert!(page.unwrap().ended_early());
    let error = question.first_page(&database.db, 50).await.unwrap_err();
    assert!(matches!(error, Error::ArchiveFailed { .. }), "{error}");
}

/// A page cannot begin before its children and the spelling of its key are found.
async fn a_search_before_a_page_ends_with_its_time(database: &Database) {
    let store = filled(database).await;
    let question = History::of::<user::Entity>(1).with_children::<order::Entity>();
    let question = question.across(&archive(&store));
    let error = question.page_within(&database.db, None, 50, NO_TIME).await;
    let error = error.unwrap_err();
    assert!(
        matches!(error, Error::BudgetSpent("the children")),
        "{error}"
    );
    let page = question.first_page(&database.db, 50).await.unwrap();
    assert!(page.entries.is_empty());

    let question = History::of::<document::Entity>("none").across(&archive(&store));
    let error = question.page_within(&database.db, None, 50, NO_TIME).await;
    assert!(matches!(
        error,
        Err(Error::BudgetSpent("the key in another spelling"))
    ));
}
