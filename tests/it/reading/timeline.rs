//! Every value of a field, and other queries of an investigator.

use audit_runtime::{PastValue, Reason, prelude::*};
use chrono::{TimeDelta, Utc};
use futures_util::TryStreamExt;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install, install_unguarded, new_user, user},
};

on_every_backend!(
    a_timeline_has_every_value_with_who_and_when,
    what_an_actor_did_is_in_order,
    a_changeset_is_everything_one_unit_did,
);

async fn a_timeline_has_every_value_with_who_and_when(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    database
        .execute("INSERT INTO users (id, username, role, logins, password_hash) VALUES (5, 'old', 'guest', 1, 'hash')")
        .await;
    let context = context();
    let audit = db.audited(&context);
    for patch in [
        user::AdminPatch::new().role("admin"),
        user::AdminPatch::new().logins(9),
        user::AdminPatch::new().role("user"),
    ] {
        audit.update(5, patch).await.unwrap();
    }
    audit.delete::<user::Entity>(5).await.unwrap();

    let timeline = user::Entity::timeline(5, user::Column::Role, db)
        .await
        .unwrap();
    let told: Vec<_> = timeline
        .iter()
        .map(|tenure| {
            (
                tenure.value.clone(),
                tenure.since.as_ref().map(|entry| entry.id),
            )
        })
        .collect();
    let known = |role: &str| Some(PastValue::Known(role.into()));
    assert_eq!(
        told,
        [
            (known("guest"), None),
            (known("admin"), Some(1)),
            (known("user"), Some(3)),
            (None, Some(4)),
        ]
    );
    assert_eq!(
        timeline[1].since.as_ref().unwrap().actor.name(),
        Some("jane.doe")
    );
    let hash = user::Entity::timeline(5, user::Column::PasswordHash, db)
        .await
        .unwrap();
    assert_eq!(hash[0].value, Some(PastValue::Unknown(Reason::Redacted)));
    let nobody = user::Entity::timeline(6, user::Column::Role, db)
        .await
        .unwrap();
    assert!(nobody.is_empty());
}

async fn what_an_actor_did_is_in_order(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let jane = Actor::new("Admin", "7");
    let before = Utc::now() - TimeDelta::seconds(1);
    for (session, name) in [("s-1", "a"), ("s-2", "b"), ("s-1", "c")] {
        let context = AuditContext::new(jane.clone()).session_id(session);
        db.audited(&context).insert(new_user(name)).await.unwrap();
        let context = AuditContext::new(Actor::new("Admin", "8")).session_id(session);
        db.audited(&context)
            .record(Event::new("LOGIN"))
            .await
            .unwrap();
    }
    let labels = async |question: History| {
        let entries: Vec<_> = question.stream(db).try_collect().await.unwrap();
        entries
            .into_iter()
            .filter_map(|entry| entry.entity_label)
            .collect::<Vec<_>>()
    };
    let session = History::all().actor(&jane).session_id("s-1");
    assert_eq!(labels(session).await, ["a", "c"]);
    let window = History::all()
        .actor(&jane)
        .since(before)
        .until(Utc::now() + TimeDelta::seconds(1));
    assert_eq!(labels(window.newest_first()).await, ["c", "b", "a"]);
    let earlier = History::all().actor(&jane).until(before);
    assert!(labels(earlier).await.is_empty());
}

async fn a_changeset_is_everything_one_unit_did(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    audit.insert(new_user("before")).await.unwrap();
    let tx = audit.begin().await.unwrap();
    let changeset = tx.changeset_id();
    let john = tx.insert(new_user("john")).await.unwrap();
    tx.update(john.id, user::AdminPatch::new().role("admin"))
        .await
        .unwrap();
    tx.record(Event::new("ROLES_REVIEWED")).await.unwrap();
    tx.commit().await.unwrap();
    audit.insert(new_user("after")).await.unwrap();

    let page = History::all()
        .changeset(changeset)
        .page(db, None, 10)
        .await
        .unwrap();
    let expected: Vec<_> = entries(db).await.into_iter().skip(1).take(3).collect();
    assert_eq!(page.entries, expected);
}
