//! Writes that are refused before any change.

use audit_runtime::{Error, prelude::*};
use sea_orm::{EntityTrait, IntoActiveModel};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install, install_unguarded, new_user, order, user},
    invariants::{assert_none, violations},
};

on_every_backend!(
    an_unknown_row_is_not_found,
    a_reason_is_demanded_before_the_row_is_touched,
    an_actor_without_an_identity_is_refused,
    a_stale_model_is_a_conflict,
    without_the_log_there_is_no_change
);

async fn an_unknown_row_is_not_found(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);

    let missing = audit
        .update(99, user::AdminPatch::new().role("x"))
        .await
        .unwrap_err();
    assert_eq!(missing.to_string(), "User 99 does not exist");
    assert!(matches!(missing, Error::NotFound { .. }));
    let missing = audit.delete::<user::Entity>(99).await.unwrap_err();
    assert!(matches!(missing, Error::NotFound { .. }), "{missing}");

    // Nothing was written, so the unit stays usable.
    let tx = audit.begin().await.unwrap();
    assert!(
        tx.update(99, user::AdminPatch::new().role("x"))
            .await
            .is_err()
    );
    tx.insert(new_user("john")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(entries(db).await.len(), 1);
}

async fn a_reason_is_demanded_before_the_row_is_touched(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let with_reason = context();
    let john = db
        .audited(&with_reason)
        .insert(new_user("john"))
        .await
        .unwrap();
    let new_order = order::ActiveModel {
        user_id: Set(john.id),
        total: Set(5),
        ..Default::default()
    };
    let order = db
        .audited(&with_reason)
        .insert(new_order.clone())
        .await
        .unwrap();

    let without = AuditContext::new(Actor::system("test"));
    let audit = db.audited(&without);
    for refused in [
        audit.insert(new_order).await.unwrap_err(),
        audit
            .update(order.id, order::Patch::new().total(6))
            .await
            .unwrap_err(),
        audit.delete::<order::Entity>(order.id).await.unwrap_err(),
    ] {
        assert!(matches!(refused, Error::ReasonRequired { .. }), "{refused}");
    }
    // A reason is not required if nothing changes.
    audit
        .update(order.id, order::Patch::new().total(5))
        .await
        .unwrap();
    let blank = without.clone().reason("  ");
    let refused = db.audited(&blank).delete::<order::Entity>(order.id).await;
    assert!(matches!(refused, Err(Error::ReasonRequired { .. })));

    assert_eq!(order::Entity::find().all(db).await.unwrap(), [order]);
    assert_none(&violations(db).await, "after refusals");
}

async fn an_actor_without_an_identity_is_refused(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    for (actor, part) in [
        (Actor::new("Admin", " "), "id"),
        (Actor::new("", "7"), "kind"),
    ] {
        let context = AuditContext::new(actor);
        let audit = db.audited(&context);
        let refused = audit.insert(new_user("john")).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("an actor needs a kind and an id, but its {part} is empty")
        );
        let refused = audit.record(Event::new("LOGIN")).await.unwrap_err();
        assert!(matches!(refused, Error::InvalidActor(_)));
        let tx = audit.begin().await.unwrap();
        assert!(tx.insert(new_user("john")).await.is_err());
        tx.commit().await.unwrap();
    }
    assert!(user::Entity::find().all(db).await.unwrap().is_empty());
}

async fn a_stale_model_is_a_conflict(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let loaded = audit.insert(new_user("john")).await.unwrap();
    audit
        .update(loaded.id, user::AdminPatch::new().role("admin").logins(1))
        .await
        .unwrap();
    let fresh = audit
        .update(loaded.id, user::ProfilePatch::new().phone("555-0199"))
        .await
        .unwrap();

    let patch = user::AdminPatch::new().username("jack");
    let conflict = audit
        .update_if_unchanged(&loaded, patch.clone())
        .await
        .unwrap_err();
    let Error::Conflict { fields, .. } = &conflict else {
        panic!("{conflict}")
    };
    assert_eq!(fields, &["logins", "phone", "role"]);

    // A skipped field may differ.
    let mut seen = fresh.clone().into_active_model();
    seen.last_seen_at = Set(Some(chrono::Utc::now()));
    user::Entity::update(seen).exec(db).await.unwrap();
    let jack = audit.update_if_unchanged(&fresh, patch).await.unwrap();
    assert_eq!(jack.username, "jack");
}

async fn without_the_log_there_is_no_change(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    database.execute("DROP VIEW audit_entries").await;
    database.execute("DROP TABLE audit_log").await;

    let failures = [
        audit.insert(new_user("jack")).await.unwrap_err(),
        audit
            .update(john.id, user::AdminPatch::new().role("admin"))
            .await
            .unwrap_err(),
        audit.delete::<user::Entity>(john.id).await.unwrap_err(),
        audit.record(Event::new("LOGIN")).await.unwrap_err(),
        History::of::<user::Entity>(john.id)
            .page(db, None, 10)
            .await
            .unwrap_err(),
    ];
    for failure in failures {
        assert!(matches!(failure, Error::LogMissing(_)), "{failure}");
        assert!(
            failure
                .to_string()
                .contains("audit_runtime::schema::install(&db)")
        );
    }
    assert_eq!(user::Entity::find().all(db).await.unwrap(), [john]);
}
