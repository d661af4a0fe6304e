//! The effects of a write, and writes that are refused.

mod refused;

use audit_runtime::{Changes, Kind, encode::Encoded, prelude::*};
use sea_orm::{ConnectionTrait, EntityTrait};
use serde_json::json;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, entries, install, new_user, user},
    invariants::{assert_none, violations},
};

on_every_backend!(
    every_write_leaves_an_entry,
    a_patch_that_changes_nothing_writes_nothing,
    drafts_and_patches_set_what_they_allow,
    hooks_run_inside_the_transaction,
    a_hook_that_fails_takes_the_change_with_it,
    a_row_may_go_and_come_back,
    skipped_columns_leave_no_trace
);

async fn every_write_leaves_an_entry(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context()
        .ip([203, 0, 113, 9])
        .user_agent("curl/8.5\r\nX-Forged: 1")
        .session_id("session")
        .request_id("request")
        .trace_id("trace")
        .tenant("acme")
        .service("shop")
        .on_behalf_of(Actor::new("Customer", "12"))
        .with("ticket", 4711);
    let audit = db.audited(&context);

    let john = audit.insert(new_user("john")).await.unwrap();
    let john = audit
        .update(john.id, user::AdminPatch::new().role("admin"))
        .await
        .unwrap();
    assert_eq!(john.role, "admin");
    let patch = user::ProfilePatch {
        phone: Set(None),
        ..Default::default()
    };
    let john = john.apply(patch, &audit).await.unwrap();
    audit.delete::<user::Entity>(john.id).await.unwrap();

    let entries = entries(db).await;
    let actions: Vec<_> = entries.iter().map(|entry| &*entry.action).collect();
    assert_eq!(actions, ["CREATE", "UPDATE", "UPDATE", "DELETE"]);

    let [create, update, clear, delete] = &entries[..] else {
        unreachable!()
    };
    assert_eq!(create.before(), json!({}));
    assert_eq!(
        create.after(),
        json!({"username": "john", "role": "user", "logins": 0})
    );
    assert_eq!(
        create.change("password_hash").unwrap().after,
        Some(Encoded::Redacted)
    );
    assert_eq!(
        update.diff(),
        json!([{"field": "role", "before": "user", "after": "admin"}])
    );
    assert_eq!(
        update.values::<user::Entity>(user::Column::Role).unwrap(),
        (Some("user".into()), Some("admin".into()))
    );
    assert_eq!(
        clear.diff(),
        json!([{"field": "phone", "before_is": "redacted", "after": null}])
    );
    assert_eq!(
        delete.before(),
        json!({"username": "john", "role": "admin", "logins": 0, "phone": null})
    );
    assert_eq!(delete.after(), json!({}));

    for entry in &entries {
        assert_eq!(entry.kind, Kind::Change);
        assert_eq!(entry.outcome, Outcome::Success);
        assert_eq!(entry.entity_type.as_deref(), Some("User"));
        assert_eq!(entry.entity_id, Some(john.id.to_string()));
        assert_eq!(entry.entity_label.as_deref(), Some("john"));
        assert_eq!(entry.actor, *context.actor());
        assert_eq!(entry.on_behalf_of.as_deref(), Some("Customer:12"));
        assert_eq!(entry.source.ip, context.source().ip);
        assert_eq!(
            entry.source.user_agent.as_deref(),
            Some("curl/8.5  X-Forged: 1")
        );
        assert_eq!(entry.source.session_id.as_deref(), Some("session"));
        assert_eq!(entry.source.request_id.as_deref(), Some("request"));
        assert_eq!(entry.source.trace_id.as_deref(), Some("trace"));
        assert_eq!(entry.tenant.as_deref(), Some("acme"));
        assert_eq!(entry.service.as_deref(), Some("shop"));
        assert_eq!(entry.reason.as_deref(), Some("a test"));
        assert_eq!(entry.metadata, Some(json!({"ticket": 4711})));
        assert_eq!(entry.reverts, None);
    }
    let mut changesets: Vec<_> = entries.iter().map(|entry| entry.changeset_id).collect();
    changesets.dedup();
    assert_eq!(
        changesets.len(),
        4,
        "a write on the pool is a changeset of its own"
    );
    assert_none(&violations(db).await, "after ordinary writes");
}

async fn a_patch_that_changes_nothing_writes_nothing(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    let text = audit
        .insert(document::Draft::new().title("a").id("1"))
        .await
        .unwrap();
    let written = entries(db).await.len();

    let same = user::AdminPatch::new().role("user").username("john");
    assert_eq!(audit.update(john.id, same).await.unwrap(), john);
    assert_eq!(
        audit
            .update(john.id, user::AdminPatch::new())
            .await
            .unwrap(),
        john
    );
    // Hooks would have raised the revision.
    let same = document::Patch::new().title("a");
    assert_eq!(audit.update("1", same).await.unwrap(), text);

    assert_eq!(entries(db).await.len(), written);
}

async fn drafts_and_patches_set_what_they_allow(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);

    let draft: document::Draft = serde_json::from_str(r#"{"id": "1", "title": "first"}"#).unwrap();
    let text = draft.insert(&audit).await.unwrap();
    let patch: document::Patch = serde_json::from_str(r#"{"title": "second"}"#).unwrap();
    let text = patch.update(text.id, &audit).await.unwrap();
    assert_eq!((&*text.title, text.revision), ("second", 2));

    let changed = document::Model {
        title: "third".to_owned(),
        ..text.clone()
    };
    let expected: Changes =
        serde_json::from_value(json!({"title": {"before": "second", "after": "third"}})).unwrap();
    assert_eq!(text.changes_to(&changed), expected);
}

async fn hooks_run_inside_the_transaction(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let draft = document::Draft::new().id("1").title("first");
    assert_eq!(audit.insert(draft).await.unwrap().revision, 1);
    let text = audit
        .update("1", document::Patch::new().title("second"))
        .await
        .unwrap();
    assert_eq!(text.revision, 2);

    let entries = entries(db).await;
    assert_eq!(
        entries[1].after(),
        json!({"title": "second", "revision": 2}),
        "what a hook sets is in the entry"
    );
    assert_none(&violations(db).await, "with hooks");
}

async fn a_hook_that_fails_takes_the_change_with_it(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    audit
        .insert(document::Draft::new().id("1").title("first"))
        .await
        .unwrap();
    audit
        .insert(document::Draft::new().id("2").title("kept"))
        .await
        .unwrap();
    let rows = document::Entity::find().all(db).await.unwrap();

    let refused = audit
        .update("1", document::Patch::new().title("refused"))
        .await
        .unwrap_err();
    assert!(
        refused.to_string().contains("the hook refuses"),
        "{refused}"
    );
    let refused = audit.delete::<document::Entity>("2").await.unwrap_err();
    assert!(
        refused.to_string().contains("the hook keeps it"),
        "{refused}"
    );
    // The hidden failure fails the transaction on PostgreSQL, so it does the same everywhere.
    let swallowed = audit
        .update("1", document::Patch::new().title("swallowed"))
        .await;
    assert!(swallowed.is_err());
    let panicked = {
        let (db, context) = (db.clone(), context.clone());
        tokio::spawn(async move {
            let patch = document::Patch::new().title("panic");
            db.audited(&context).update("1", patch).await
        })
    };
    assert!(panicked.await.unwrap_err().is_panic());

    assert_eq!(document::Entity::find().all(db).await.unwrap(), rows);
    assert_none(&violations(db).await, "after hooks that failed");
}

async fn a_row_may_go_and_come_back(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let tx = db.audited(&context).begin().await.unwrap();
    for title in ["first", "second"] {
        tx.insert(document::Draft::new().id("1").title(title))
            .await
            .unwrap();
        tx.update("1", document::Patch::new().title("changed"))
            .await
            .unwrap();
        tx.delete::<document::Entity>("1").await.unwrap();
    }
    let changeset = tx.changeset_id();
    tx.commit().await.unwrap();

    let entries = entries(db).await;
    assert_eq!(entries.len(), 6);
    assert!(entries.iter().all(|entry| entry.changeset_id == changeset));
    assert_none(&violations(db).await, "after a row came back");
}

async fn skipped_columns_leave_no_trace(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    db.execute_unprepared("UPDATE users SET last_seen_at = '2026-01-02 03:04:05'")
        .await
        .unwrap();
    audit.delete::<user::Entity>(john.id).await.unwrap();
    for entry in entries(db).await {
        assert_eq!(entry.change("last_seen_at"), None);
    }
}
