//! The past of a row, partly in the log and partly in the archive.

use std::{sync::Arc, time::Duration};

use audit_runtime::{
    Past, PastValue, Reason, Tenure,
    prelude::*,
    retention::{Archive, DAY, Policy, Retention, archive::object_store::memory::InMemory},
};
use sea_orm::DatabaseConnection;

use super::super::archive::{archive, with};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, install, new_user, user},
};

on_every_backend!(
    the_past_of_what_moved_is_in_the_archive,
    a_timeline_goes_on_from_an_archive,
    what_is_destroyed_is_no_part_of_a_timeline,
);

fn users() -> Policy {
    Policy::new("users").document("SEC-12").types(["User"])
}

async fn installed(database: &Database) -> (Arc<InMemory>, Retention) {
    install(&database.db).await.unwrap();
    let store = Arc::new(InMemory::new());
    let retention = with(&store, users().hot(Duration::ZERO).keep(365 * DAY));
    retention.install(&database.db, &context()).await.unwrap();
    (store, retention)
}

async fn become_role(id: i32, role: &str, db: &DatabaseConnection) {
    let patch = user::AdminPatch::new().role(role);
    db.audited(&context()).update(id, patch).await.unwrap();
}

async fn the_past_of_what_moved_is_in_the_archive(database: &Database) {
    let db = &database.db;
    let (store, retention) = installed(database).await;
    let user = db.audited(&context()).insert(new_user("john")).await;
    let user = user.unwrap();
    let created = History::of::<user::Entity>(user.id);
    let created = created.latest(db).await.unwrap().unwrap();
    become_role(user.id, "admin", db).await;
    retention.run(db, &context()).await.unwrap();
    become_role(user.id, "user", db).await;

    let role = |past: Option<Past<user::Entity>>| past.unwrap().get(user::Column::Role).clone();
    let archive = archive(&store);
    let (before, after) = (Moment::before(&created), Moment::from(&created));
    let alone = user::Entity::state_at(user.id, after, db).await.unwrap();
    assert_eq!(role(alone), PastValue::Unknown(Reason::Archived));
    let across = archive.state_at::<user::Entity>(user.id, after, db);
    assert_eq!(role(across.await.unwrap()), PastValue::Known("user".into()));
    let none = archive.state_at::<user::Entity>(user.id, before, db);
    assert!(none.await.unwrap().is_none());

    let now = Moment::from(created.id + 1);
    let difference = archive.history_between::<user::Entity>(user.id, after, now, db);
    let changes = difference.await.unwrap().changes();
    assert_eq!(
        serde_json::to_value(&changes).unwrap(),
        serde_json::json!({ "role": { "before": "user", "after": "admin" } })
    );
    let difference = user::Entity::history_between(user.id, after, now, db).await;
    let difference = difference.unwrap();
    assert!(difference.changes().is_empty());
    assert!(difference.unknown().contains(&("role", Reason::Archived)));
}

/// Each value with the entry that set it.
fn told(tenures: Vec<Tenure>) -> Vec<(Option<PastValue>, Option<i64>)> {
    let tenures = tenures.into_iter();
    let told = tenures.map(|tenure| (tenure.value, tenure.since.map(|entry| entry.id)));
    told.collect()
}

fn known(role: &str) -> Option<PastValue> {
    Some(PastValue::Known(role.into()))
}

async fn across(
    archive: &Archive,
    id: i32,
    db: &DatabaseConnection,
) -> Vec<(Option<PastValue>, Option<i64>)> {
    let timeline = archive.timeline::<user::Entity>(id, user::Column::Role, db);
    told(timeline.await.unwrap())
}

async fn alone(id: i32, db: &DatabaseConnection) -> Vec<(Option<PastValue>, Option<i64>)> {
    let timeline = user::Entity::timeline(id, user::Column::Role, db);
    told(timeline.await.unwrap())
}

async fn a_timeline_goes_on_from_an_archive(database: &Database) {
    let db = &database.db;
    let (store, retention) = installed(database).await;
    let archive = archive(&store);
    let john = db.audited(&context()).insert(new_user("john")).await;
    let john = john.unwrap().id;
    become_role(john, "admin", db).await;
    assert_eq!(alone(john, db).await, across(&archive, john, db).await);
    retention.run(db, &context()).await.unwrap();
    let archived = Some(PastValue::Unknown(Reason::Archived));
    assert_eq!(alone(john, db).await, [(archived.clone(), None)]);

    become_role(john, "owner", db).await;
    let of_row = History::of::<user::Entity>(john).across(&archive);
    let ids: Vec<_> = super::all(of_row, database).await;
    let ids: Vec<_> = ids.into_iter().map(|entry| Some(entry.id)).collect();
    let expected = [
        (known("user"), ids[0]),
        (known("admin"), ids[1]),
        (known("owner"), ids[2]),
    ];
    assert_eq!(across(&archive, john, db).await, expected);
    assert_eq!(
        alone(john, db).await,
        [
            (archived, None),
            (known("admin"), None),
            (known("owner"), ids[2])
        ]
    );
    retention.run(db, &context()).await.unwrap();
    assert_eq!(across(&archive, john, db).await, expected);
    // An archive shows no value of a redacted field either.
    let hash = archive.timeline::<user::Entity>(john, user::Column::PasswordHash, db);
    let redacted = (Some(PastValue::Unknown(Reason::Redacted)), ids[0]);
    assert_eq!(told(hash.await.unwrap()), [redacted]);
}

async fn what_is_destroyed_is_no_part_of_a_timeline(database: &Database) {
    let db = &database.db;
    let (store, retention) = installed(database).await;
    let john = db.audited(&context()).insert(new_user("john")).await;
    let john = john.unwrap().id;
    retention.run(db, &context()).await.unwrap();
    let old = with(&store, users().destroy_after(Duration::ZERO));
    let report = old.run(db, &context()).await.unwrap();
    assert_eq!(report.destroyed.len(), 1);
    become_role(john, "admin", db).await;
    let told = across(&archive(&store), john, db).await;
    let purged = Some(PastValue::Unknown(Reason::Purged));
    assert_eq!(told[..2], [(purged, None), (known("user"), None)]);
    assert_eq!(told[2].0, known("admin"));
    assert_eq!(told, alone(john, db).await);
}
