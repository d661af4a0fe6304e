//! The log and its past after a purge.

use std::time::Duration;

use audit_runtime::{
    Error, Kind, PastValue, Reason, audit_log,
    prelude::*,
    retention::{Policy, Retention},
    schema,
};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, Iterable, NotSet,
    QueryFilter, QueryOrder,
};

use super::super::{ids, installed, last, others, record, retention};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, install, new_user, user},
};

on_every_backend!(
    a_clock_that_was_set_back_stops_a_purge,
    the_log_stays_protected,
    a_log_goes_on_with_purges,
    the_past_of_what_was_purged_is_unknown
);

async fn a_clock_that_was_set_back_stops_a_purge(database: &Database) {
    let db = &database.db;
    let retention = installed(database, 1).await;
    assert_eq!(retention.run(db, &context()).await.unwrap().purged(), 1);
    if database.backend() == DbBackend::MySql {
        database.execute("DROP TRIGGER audit_log_recorded_at").await;
    }
    // The last purge is in the future, as after the clock was set back.
    let recorded_at = last(database).await.recorded_at + Duration::from_secs(3600);
    add_purge(database, |purge| purge.recorded_at = recorded_at).await;
    assert_eq!(last(database).await.recorded_at, recorded_at);

    record(database, 1).await;
    let refused = retention.run(db, &context()).await.unwrap_err();
    assert!(matches!(refused, Error::ClockBehind { .. }), "{refused:?}");
    assert_eq!(ids(database, "CAME").await.len(), 1);
}

async fn the_log_stays_protected(database: &Database) {
    let db = &database.db;
    let _ = installed(database, 1).await;
    // At every start, by any build, with and without retention.
    for _ in 0..2 {
        schema::install(db).await.unwrap();
        retention().install(db, &context()).await.unwrap();
    }
    assert_eq!(retention().run(db, &context()).await.unwrap().purged(), 1);
    for statement in [
        "DELETE FROM audit_log",
        "DELETE FROM audit_log WHERE action = 'PURGE'",
        "UPDATE audit_log SET action = 'X'",
    ] {
        db.execute_unprepared(statement).await.unwrap_err();
    }

    // Without the trigger for purges, the log gets its own trigger back, which allows no deletion.
    let drop = match database.backend() {
        DbBackend::Postgres => "DROP TRIGGER audit_log_purge_only ON audit_log",
        _ => "DROP TRIGGER audit_log_purge_only",
    };
    database.execute(drop).await;
    schema::install(db).await.unwrap();
    record(database, 1).await;
    db.execute_unprepared("DELETE FROM audit_log")
        .await
        .unwrap_err();
    let refused = retention().run(db, &context()).await.unwrap_err();
    assert!(refused.to_string().contains("append-only"), "{refused}");
    retention().install(db, &context()).await.unwrap();
    assert_eq!(retention().run(db, &context()).await.unwrap().purged(), 1);
}

async fn a_log_goes_on_with_purges(database: &Database) {
    let db = &database.db;
    let retention = installed(database, 1).await;
    let user = db
        .audited(&context())
        .insert(new_user("ann"))
        .await
        .unwrap();
    retention.run(db, &context()).await.unwrap();
    let patch = user::AdminPatch::new().role("admin");
    db.audited(&context()).update(user.id, patch).await.unwrap();
    let history = History::of::<user::Entity>(user.id);
    let page = history.page(db, None, 10).await.unwrap();
    assert_eq!(page.entries.len(), 2);
    assert!(page.entries.iter().all(|entry| entry.kind == Kind::Change));
}

async fn the_past_of_what_was_purged_is_unknown(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let updates = Policy::new("updates")
        .document("SEC-12")
        .actions(["UPDATE"]);
    let updates = Retention::new([others(), updates.destroy_after(Duration::ZERO)]).unwrap();
    updates.install(db, &context).await.unwrap();
    let audit = db.audited(&context);
    let draft = document::Draft::new().id("d").title("one");
    audit.insert(draft).await.unwrap();
    let retitle = async |title: &str| {
        let patch = document::Patch::new().title(title);
        audit.update("d", patch).await.unwrap();
        last(database).await
    };
    let there = retitle("two").await;
    let back = retitle("one").await;
    let created = ids(database, "CREATE").await[0];

    assert_eq!(updates.run(db, &context).await.unwrap().purged(), 2);
    let after = retitle("three").await;

    let title = async |moment: Moment| {
        let past = document::Entity::state_at("d", moment, db).await.unwrap();
        past.unwrap().get(document::Column::Title).clone()
    };
    let known = |title: &str| PastValue::Known(title.into());
    let purged = PastValue::Unknown(Reason::Purged);
    assert_eq!(title(Moment::After(created)).await, known("one"));
    assert_eq!(title(Moment::After(there.id)).await, purged);
    assert_eq!(title(Moment::Before(back.id)).await, purged);
    assert_eq!(title(there.recorded_at.into()).await, purged);
    assert_eq!(title(Moment::After(back.id)).await, known("one"));
    assert_eq!(title(Moment::Before(after.id)).await, known("one"));
    assert_eq!(title(Moment::After(after.id)).await, known("three"));
    let absent = document::Entity::state_at("d", Moment::Before(created), db);
    assert!(absent.await.unwrap().is_none());

    // No entries of other types were deleted.
    let user = audit.insert(new_user("ann")).await.unwrap();
    let there = user::Entity::state_at(user.id, last(database).await.id, db);
    assert!(there.await.unwrap().is_some());

    // A PURGE entry without metadata may stand for the deletion of any earlier entry.
    assert_eq!(title(Moment::After(back.id)).await, known("one"));
    add_purge(database, |purge| purge.metadata = None).await;
    assert_eq!(title(Moment::After(back.id)).await, purged);
}

/// Adds a copy of the last PURGE entry, which every writer of the log may do.
async fn add_purge(database: &Database, change: impl FnOnce(&mut audit_log::Model)) {
    let db = &database.db;
    let mut purge = audit_log::Entity::find()
        .filter(audit_log::Column::Action.eq("PURGE"))
        .order_by_desc(audit_log::Column::Id)
        .one(db)
        .await
        .unwrap()
        .unwrap();
    change(&mut purge);
    let mut purge: audit_log::ActiveModel = purge.into();
    purge.id = NotSet;
    for column in audit_log::Column::iter() {
        if let Some(value) = purge.get(column).into_value() {
            purge.set(column, value);
        }
    }
    purge.insert(db).await.unwrap();
}
