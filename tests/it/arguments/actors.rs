//! Actors: ids and roles.

use audit_runtime::{OriginalContext, prelude::*};
use sea_orm::ColumnTrait;
use serde_json::json;
use uuid::Uuid;

use crate::{
    backend::{Database, on_every_backend},
    entities::{entries, install, new_user, user},
};

on_every_backend!(an_actor_has_the_id_that_it_has, a_role_is_no_identity);

async fn an_actor_has_the_id_that_it_has(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let uuid = Uuid::from_u128(7);
    for actor in [
        Actor::new("User", 7),
        Actor::new("User", i64::MAX),
        Actor::new("User", uuid),
        Actor::new("User", "7"),
        Actor::new("User", "7".to_owned()),
    ] {
        let context = AuditContext::new(actor.clone());
        let event = Event::new("LOGIN").on("User", 7);
        db.audited(&context).record(event).await.unwrap();
        assert_eq!(
            History::all()
                .actor(&actor)
                .latest(db)
                .await
                .unwrap()
                .unwrap()
                .actor,
            actor
        );
    }
    let ids: Vec<_> = entries(db)
        .await
        .into_iter()
        .map(|entry| entry.actor.id().to_owned())
        .collect();
    let max = i64::MAX.to_string();
    assert_eq!(ids, ["7", &max, &uuid.to_string(), "7", "7"]);
    assert!(History::on("User", 7).exists(db).await.unwrap());
    assert!(!History::on("User", 8).exists(db).await.unwrap());
}

async fn a_role_is_no_identity(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let jane = Actor::new("User", 7).named("jane.doe");
    let john = {
        let context = AuditContext::new(jane.clone());
        db.audited(&context).insert(new_user("john")).await.unwrap()
    };
    let promoted = AuditContext::new(jane.clone().role("Admin")).with("ticket", 4711);
    let audit = db.audited(&promoted);
    let patch = user::AdminPatch::new().role("admin");
    audit.update(john.id, patch).await.unwrap();
    let rows = user::Column::Id.eq(john.id);
    let patch = user::AdminPatch::new().logins(3);
    audit.update_many(rows, patch).await.unwrap();
    let event = Event::new("LOGIN")
        .with("actor_role", "Owner")
        .with("city", "Bern");
    audit.record(event.clone()).await.unwrap();
    let plain = AuditContext::new(jane.clone()).with("actor_role", "Owner");
    db.audited(&plain).record(event).await.unwrap();

    let found = History::all()
        .actor(&jane)
        .first_page(db, 50)
        .await
        .unwrap();
    let roles: Vec<_> = found
        .entries
        .iter()
        .map(|entry| entry.actor.role_name())
        .collect();
    assert_eq!(
        roles,
        [None, Some("Admin"), Some("Admin"), Some("Admin"), None]
    );
    let told: Vec<_> = found.entries[1..].iter().map(ToString::to_string).collect();
    let change = "Admin 'jane.doe' changed User 'john'";
    assert_eq!(
        told,
        [
            format!("{change} role from 'user' to 'admin'"),
            format!("{change} logins from 0 to 3"),
            "Admin 'jane.doe': LOGIN".to_owned(),
            "User 'jane.doe': LOGIN".to_owned(),
        ]
    );
    assert!(format!("{:#}", found.entries[1]).starts_with("Admin 'jane.doe' (User 7) changed"));
    let json = serde_json::to_value(&found.entries[1]).unwrap();
    let actor = json!({ "kind": "User", "id": "7", "name": "jane.doe", "role": "Admin" });
    assert_eq!(json["actor"], actor);
    assert_eq!(
        json["metadata"],
        json!({ "actor_role": "Admin", "ticket": 4711 })
    );
    let json = serde_json::to_value(&found.entries[4]).unwrap();
    assert_eq!(
        json["actor"],
        json!({ "kind": "User", "id": "7", "name": "jane.doe" })
    );
    assert_eq!(json["metadata"], json!({ "city": "Bern" }));

    // A job records the role of its origin.
    let message = serde_json::to_string(&OriginalContext::from(&promoted)).unwrap();
    let original: OriginalContext = serde_json::from_str(&message).unwrap();
    let job = original.worked_by(Actor::system("mailer"));
    db.audited(&job)
        .record(Event::new("MAIL_SENT"))
        .await
        .unwrap();
    let entry = entries(db).await.pop().unwrap();
    assert_eq!(entry.on_behalf_of.as_deref(), Some("User:7"));
    assert_eq!(entry.metadata.unwrap()["original"]["role"], "Admin");
}

/// Without a name, a role and an id could be mistaken for another actor.
#[test]
fn a_role_without_a_name_stands_beside_the_identity() {
    let actor = Actor::new("User", 7).role("Admin");
    assert_eq!(
        (actor.kind(), actor.id(), actor.name()),
        ("User", "7", None)
    );
    assert_ne!(actor, Actor::new("Admin", 7));
}
