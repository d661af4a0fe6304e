//! Walks through the pages while others write.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicBool, Ordering},
};

use audit_runtime::{Cursor, Error, audit_log, prelude::*};
use futures_util::TryStreamExt;
use sea_orm::{DatabaseConnection, EntityTrait, QueryOrder, QuerySelect};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install, new_user, user},
};

on_every_backend!(
    a_walk_beside_writers_misses_and_repeats_nothing,
    entries_of_one_instant_keep_their_order,
    a_stream_holds_no_connection,
    an_altered_cursor_is_refused,
);

async fn a_walk_beside_writers_misses_and_repeats_nothing(database: &Database) {
    let db = &database
        .connect(|options| {
            options.max_connections(6);
        })
        .await;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let hot = audit.insert(new_user("hot")).await.unwrap().id;
    let tx = audit.begin().await.unwrap();
    for logins in 1..=60 {
        tx.update(hot, user::AdminPatch::new().logins(logins))
            .await
            .unwrap();
    }
    tx.commit().await.unwrap();

    let done = AtomicBool::new(false);
    let writer = async |name: String| {
        let mut written = 0;
        let own = audit.insert(new_user(&name)).await.unwrap().id;
        while !done.load(Ordering::Relaxed) {
            let unit = audit.transaction(async |tx| {
                let patch = user::AdminPatch::new().logins(written + 1);
                tx.update(own, patch).await?;
                let patch = user::AdminPatch::new().role(format!("{name} {written}"));
                tx.update(hot, patch).await
            });
            match unit.await {
                Ok(_) => written += 1,
                // Another writer may hold SQLite's lock for long.
                Err(error) => assert!(error.is_retryable(), "{error}"),
            }
        }
        written
    };
    let reader = async {
        for round in 0..6 {
            let newest_first = round % 2 == 0;
            for question in [History::all(), History::of::<user::Entity>(hot)] {
                let is_row = format!("{question:?}").contains("Row");
                let question = if newest_first {
                    question.newest_first()
                } else {
                    question
                };
                let committed = ids(db, is_row.then_some(hot)).await;
                let walked = walk(&question, db, committed.len()).await;
                let distinct: BTreeSet<_> = walked.iter().copied().collect();
                assert_eq!(distinct.len(), walked.len(), "something twice");
                assert!(committed.is_subset(&distinct), "something missed");
                if newest_first {
                    assert!(walked.iter().rev().is_sorted());
                } else {
                    assert!(walked.is_sorted());
                }
                if is_row {
                    // A walk over one row is complete: it has every entry between its first and its last.
                    let (first, last) = (distinct.first().unwrap(), distinct.last().unwrap());
                    let now = ids(db, Some(hot)).await;
                    let between: BTreeSet<_> = now.range(first..=last).copied().collect();
                    assert_eq!(distinct, between);
                }
            }
        }
        done.store(true, Ordering::Relaxed);
    };
    let (a, b, ()) = tokio::join!(writer("a".to_owned()), writer("b".to_owned()), reader);
    println!(
        "{:?}: {a} and {b} units beside the walks",
        database.backend()
    );
    assert!(a + b > 0);
}

/// Walks over the pages, and stops some entries after `enough`, because there may always be more.
async fn walk(question: &History, db: &DatabaseConnection, enough: usize) -> Vec<i64> {
    let mut walked = Vec::new();
    let mut cursor: Option<Cursor> = None;
    loop {
        let page = question.page(db, cursor, 7).await.unwrap();
        walked.extend(page.entries.iter().map(|entry| entry.id));
        cursor = page.next;
        if cursor.is_none() || walked.len() > enough + 100 {
            return walked;
        }
    }
}

/// The present ids.
async fn ids(db: &DatabaseConnection, of: Option<i32>) -> BTreeSet<i64> {
    use sea_orm::{ColumnTrait, QueryFilter};

    let mut query = audit_log::Entity::find();
    if let Some(id) = of {
        query = query
            .filter(audit_log::Column::EntityType.eq("User"))
            .filter(audit_log::Column::EntityId.eq(id.to_string()));
    }
    let query = query.select_only().column(audit_log::Column::Id);
    let ids: Vec<i64> = query
        .order_by_asc(audit_log::Column::Id)
        .into_tuple()
        .all(db)
        .await
        .unwrap();
    ids.into_iter().collect()
}

async fn entries_of_one_instant_keep_their_order(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    audit.record(Event::new("LOGIN")).await.unwrap();
    // Forty copies of one entry, all with the same timestamp.
    let columns = "kind, format, changeset_id, action, outcome, actor_kind, actor_id, timestamp";
    for _ in 0..40 {
        database
            .execute(&format!(
                "INSERT INTO audit_log ({columns}) SELECT {columns} FROM audit_log WHERE id = 1"
            ))
            .await;
    }
    let all: Vec<_> = entries(db).await.iter().map(|entry| entry.id).collect();
    for since in [
        History::all(),
        History::all().since(entries(db).await[0].timestamp),
    ] {
        assert_eq!(walk(&since, db, 100).await, all);
        let mut backwards = walk(&since.newest_first(), db, 100).await;
        backwards.reverse();
        assert_eq!(backwards, all);
    }
}

async fn a_stream_holds_no_connection(database: &Database) {
    install(&database.db).await.unwrap();
    let db = &database
        .connect(|options| {
            options.max_connections(1);
        })
        .await;
    let context = context();
    let audit = db.audited(&context);
    let tx = audit.begin().await.unwrap();
    for _ in 0..450 {
        tx.record(Event::new("TICK")).await.unwrap();
    }
    tx.commit().await.unwrap();

    let mut entries = History::all().stream(db);
    let mut read = 0;
    while let Some(entry) = entries.try_next().await.unwrap() {
        read += 1;
        assert_eq!(entry.id, read);
        // An open statement would occupy the only connection.
        if read % 100 == 0 && read <= 400 {
            audit.record(Event::new("TOCK")).await.unwrap();
        }
    }
    assert_eq!(read, 454);
    drop(entries);
    // Also on a unit.
    let tx = audit.begin().await.unwrap();
    let count = History::all()
        .stream(&tx)
        .try_fold(0, async |count, _| Ok(count + 1));
    assert_eq!(count.await.unwrap(), 454);
    tx.commit().await.unwrap();
}

async fn an_altered_cursor_is_refused(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    for _ in 0..3 {
        audit.record(Event::new("TICK")).await.unwrap();
    }
    let actor = Actor::new("Admin", "7");
    let question = History::all().actor(&actor);
    let cursor = question.page(db, None, 1).await.unwrap().next.unwrap();
    question.page(db, Some(cursor), 1).await.unwrap();

    let text = cursor.to_string();
    for at in 0..text.len() {
        for letter in ["A", "B", "_", "9"] {
            let mut altered = text.clone();
            altered.replace_range(at..=at, letter);
            if altered == text {
                continue;
            }
            let refused = match altered.parse::<Cursor>() {
                Ok(cursor) => question.page(db, Some(cursor), 1).await.unwrap_err(),
                Err(error) => error,
            };
            assert!(
                matches!(refused, Error::InvalidCursor),
                "{altered}: {refused}"
            );
        }
    }
    for other in [
        History::all(),
        question.clone().newest_first(),
        question.clone().action("TICK"),
        History::all().actor(&Actor::new("Admin", "8")),
        question.clone().outcome(Outcome::Success),
        question.clone().changed(user::Column::Role),
        History::of_type::<user::Entity>().actor(&actor),
    ] {
        let refused = other.page(db, Some(cursor), 1).await.unwrap_err();
        assert!(matches!(refused, Error::InvalidCursor), "{refused}");
    }
}
