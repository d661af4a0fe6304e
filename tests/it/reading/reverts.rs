//! Reverts.

mod deleted;

use audit_runtime::{Entry, Error, Kind, audit_log, prelude::*};
use sea_orm::{DatabaseConnection, EntityTrait};
use serde_json::json;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, entries, install, new_user, user},
    invariants::{assert_none, violations},
};

on_every_backend!(
    a_change_is_taken_back_and_says_so,
    what_cannot_be_taken_back_is_refused,
    what_changed_since_is_not_overwritten,
    of_two_who_take_back_one_does
);

async fn last(db: &DatabaseConnection) -> Entry {
    entries(db).await.pop().unwrap()
}

async fn a_change_is_taken_back_and_says_so(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let thief = AuditContext::new(Actor::new("Admin", "7"));
    let thief = db.audited(&thief);
    let john = thief.insert(new_user("john")).await.unwrap();
    let patch = user::AdminPatch::new().role("admin").logins(5);
    thief.update(john.id, patch).await.unwrap();
    let granted = last(db).await;
    let patch = user::AdminPatch::new().username("jack");
    thief.update(john.id, patch).await.unwrap();

    let inverse = granted.inverse::<user::AdminPatch>().unwrap();
    let values: Vec<_> = inverse
        .values()
        .map(|(field, value)| (field, value.clone()))
        .collect();
    assert_eq!(values, [("role", "user".into()), ("logins", 0.into())]);
    let investigator = AuditContext::new(Actor::new("Admin", "8")).reason("ticket 4711");
    let investigator = db.audited(&investigator);
    let restored = investigator.revert(inverse).await.unwrap();
    // Other changes stay.
    assert_eq!(
        (&*restored.role, restored.logins, &*restored.username),
        ("user", 0, "jack")
    );

    let entry = last(db).await;
    assert_eq!((entry.kind, &*entry.action), (Kind::Change, "UPDATE"));
    assert_eq!(entry.reverts, Some(granted.id));
    assert_eq!(
        (entry.actor.id(), entry.reason.as_deref()),
        ("8", Some("ticket 4711"))
    );
    assert_eq!(
        entry.diff(),
        json!([{ "field": "logins", "before": 5, "after": 0 }, { "field": "role", "before": "admin", "after": "user" }])
    );
    // The revert can be reverted as well, in a unit, with only one of its fields.
    let tx = investigator.begin().await.unwrap();
    let inverse = entry
        .inverse_of::<user::AdminPatch>(&[user::Column::Role])
        .unwrap();
    let john = tx.revert(inverse).await.unwrap();
    assert_eq!((&*john.role, john.logins), ("admin", 0));
    tx.commit().await.unwrap();
    assert_eq!(last(db).await.reverts, Some(entry.id));
    for other in entries(db).await.iter().take(3) {
        assert_eq!(other.reverts, None);
    }
    assert_none(&violations(db).await, "after taking back");
}

async fn what_cannot_be_taken_back_is_refused(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    let created = last(db).await;
    audit
        .update(
            john.id,
            user::ProfilePatch::new().username("jack").phone("555-0199"),
        )
        .await
        .unwrap();
    let profile = last(db).await;
    audit
        .update(john.id, user::AdminPatch::new().role("admin"))
        .await
        .unwrap();
    let role = last(db).await;
    audit.delete::<user::Entity>(john.id).await.unwrap();
    let deleted = last(db).await;
    audit
        .record(Event::new("LOGIN").about::<user::Entity>(john.id))
        .await
        .unwrap();
    let event = last(db).await;

    let refused = |result: Result<_, Error>| {
        let error: Error = match result {
            Ok(()) => panic!("not refused"),
            Err(error) => error,
        };
        match &error {
            Error::Irreversible {
                entry,
                problem,
                fields,
            } => {
                assert_eq!(
                    error.to_string(),
                    format!("entry {entry} cannot be reverted: {problem}")
                );
                (problem.clone(), fields.clone())
            }
            other => panic!("{other}"),
        }
    };
    let admin = |entry: &Entry| refused(entry.inverse::<user::AdminPatch>().map(drop));
    assert_eq!(
        admin(&profile),
        (
            "`phone` is not in AdminPatch".to_owned(),
            vec!["phone".to_owned()]
        )
    );
    assert_eq!(
        refused(role.inverse::<user::ProfilePatch>().map(drop)).0,
        "`role` is not in ProfilePatch"
    );
    let problem = refused(profile.inverse::<user::ProfilePatch>().map(drop));
    assert_eq!(
        problem,
        ("`phone` is redacted".to_owned(), vec!["phone".to_owned()])
    );
    let one = profile.inverse_of::<user::ProfilePatch>(&[user::Column::Username]);
    assert_eq!(one.unwrap().values().count(), 1);
    let none = profile.inverse_of::<user::AdminPatch>(&[user::Column::Role, user::Column::Phone]);
    assert_eq!(
        refused(none.map(drop)).0,
        "`role` did not change, `phone` is not in AdminPatch"
    );
    assert!(admin(&created).0.starts_with("it created the row"));
    assert!(admin(&deleted).0.starts_with("it deleted the row"));
    assert!(admin(&event).0.starts_with("it is an event"));
    assert_eq!(
        refused(role.inverse::<document::Patch>().map(drop)).0,
        "it is about User, not Document"
    );
    assert!(
        refused(role.restoration::<user::Entity>().map(drop))
            .0
            .starts_with("it changed the row")
    );
}

async fn what_changed_since_is_not_overwritten(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    let patch = user::AdminPatch::new().role("admin").logins(1);
    audit.update(john.id, patch).await.unwrap();
    let granted = last(db).await;
    let inverse = granted.inverse::<user::AdminPatch>().unwrap();
    let patch = user::AdminPatch::new().role("root");
    audit.update(john.id, patch).await.unwrap();
    let count = entries(db).await.len();

    let tx = audit.begin().await.unwrap();
    let refused = tx.revert(inverse.clone()).await.unwrap_err();
    assert_eq!(
        refused.to_string(),
        format!(
            "User {} has changed since entry {}: role",
            john.id, granted.id
        )
    );
    assert!(matches!(&refused, Error::ChangedSince { fields, .. } if fields == &["role"]));
    // This is a refusal, so the unit stays usable.
    let logins = granted.inverse_of::<user::AdminPatch>(&[user::Column::Logins]);
    tx.revert(logins.unwrap()).await.unwrap();
    tx.rollback().await.unwrap();
    assert_eq!(entries(db).await.len(), count);

    audit.delete::<user::Entity>(john.id).await.unwrap();
    let refused = audit.revert(inverse).await.unwrap_err();
    assert!(matches!(refused, Error::NotFound { .. }), "{refused}");
}

async fn of_two_who_take_back_one_does(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    audit
        .update(john.id, user::AdminPatch::new().role("admin"))
        .await
        .unwrap();
    let inverse = last(db).await.inverse::<user::AdminPatch>().unwrap();
    let both = tokio::join!(audit.revert(inverse.clone()), audit.revert(inverse));
    let done = [both.0.is_ok(), both.1.is_ok()];
    assert_eq!(done.iter().filter(|done| **done).count(), 1, "{both:?}");
    let reverting = audit_log::Entity::find().all(db).await.unwrap();
    assert_eq!(
        reverting.iter().filter(|row| row.reverts.is_some()).count(),
        1
    );
}
