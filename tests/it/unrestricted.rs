//! An existing `ActiveModel`, saved with an entry.

use audit_runtime::{__private::locked, Error, prelude::*};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel, PaginatorTrait};
use serde_json::json;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, create_precise_table, document, entries, install, new_user, order, user},
    invariants::{assert_none, violations},
    touch::{past, stamp},
};

on_every_backend!(
    what_is_saved_is_recorded,
    what_is_inserted_and_deleted_is_recorded,
    a_row_that_is_not_there_is_not_found,
    what_would_leave_no_entry_is_refused,
    touched_fields_and_keys_are_no_change,
    hooks_run_for_what_is_saved,
);

async fn what_is_saved_is_recorded(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    for (nth, context) in [context(), locked(context())].into_iter().enumerate() {
        let audit = db.audited(&context);
        let written = entries(db).await.len();
        let name = format!("john{nth}");
        let john = audit.unrestricted().save(new_user(&name)).await.unwrap();
        // As loaded by a query, with no changes.
        let same = john.clone().into_active_model();
        assert_eq!(audit.unrestricted().save(same).await.unwrap(), john);
        let mut row = john.clone().into_active_model();
        row.role = Set("admin".to_owned());
        row.logins = Set(0);
        row.phone = Set(None);
        let admin = audit.unrestricted().save(row.clone()).await.unwrap();
        assert_eq!(
            (admin.role.as_str(), admin.phone.as_deref()),
            ("admin", None)
        );
        assert_eq!(audit.unrestricted().update(row).await.unwrap(), admin);

        let unit = audit.begin().await.unwrap();
        let mut row = admin.into_active_model();
        row.password_hash = Set("hash-0199".to_owned());
        unit.unrestricted().update(row).await.unwrap();
        unit.commit().await.unwrap();

        let log = entries(db).await.split_off(written);
        let actions: Vec<_> = log.iter().map(|entry| &*entry.action).collect();
        assert_eq!(actions, ["CREATE", "UPDATE", "UPDATE"]);
        assert_eq!(log[1].after(), json!({ "role": "admin", "phone": null }));
        assert_eq!(log[2].diff()[0]["after_is"], "redacted");
    }
    assert_none(&violations(db).await, "after unrestricted writes");
}

async fn what_is_inserted_and_deleted_is_recorded(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    for context in [context(), locked(context())] {
        let audit = db.audited(&context);
        // Its key is set, so `save` would treat it as an existing row.
        let mut row = new_user("jane");
        row.id = Set(70);
        let jane = audit.unrestricted().insert(row).await.unwrap();
        let row = jane.clone().into_active_model();
        audit.unrestricted().delete(row.clone()).await.unwrap();
        let gone = audit.unrestricted().delete(row).await.unwrap_err();
        assert!(matches!(gone, Error::NotFound { .. }), "{gone}");
        let keyless = audit.unrestricted().delete(new_user("john")).await;
        assert!(matches!(keyless, Err(Error::Database(_))), "{keyless:?}");
        let log = entries(db).await;
        let actions: Vec<_> = log
            .iter()
            .rev()
            .take(2)
            .map(|entry| &*entry.action)
            .collect();
        assert_eq!(actions, ["DELETE", "CREATE"]);
    }
    assert_none(&violations(db).await, "after unrestricted writes");
}

async fn a_row_that_is_not_there_is_not_found(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let row = user::ActiveModel {
        id: Set(7),
        last_seen_at: NotSet,
        ..new_user("john")
    };
    for refused in [
        audit.unrestricted().save(row.clone()).await,
        audit.unrestricted().update(row).await,
    ] {
        assert!(
            matches!(refused, Err(Error::NotFound { .. })),
            "{refused:?}"
        );
    }
    let without_key = audit.unrestricted().update(new_user("john")).await;
    assert!(
        matches!(without_key, Err(Error::Database(_))),
        "{without_key:?}"
    );
    let without_reason = AuditContext::new(Actor::new("Admin", 7));
    let order = order::ActiveModel {
        user_id: Set(1),
        total: Set(1),
        ..Default::default()
    };
    let refused = db.audited(&without_reason).unrestricted().save(order).await;
    assert!(
        matches!(refused, Err(Error::ReasonRequired { .. })),
        "{refused:?}"
    );
    assert_eq!(user::Entity::find().count(db).await.unwrap(), 0);
    assert!(entries(db).await.is_empty());
}

async fn what_would_leave_no_entry_is_refused(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let unit = db.audited(&context).begin().await.unwrap();
    // A new row is recorded, even if it sets a skipped field.
    let john = unit.unrestricted().save(new_user("john")).await.unwrap();
    let mut row = john.clone().into_active_model();
    row.last_seen_at = Set(Some(past()));
    row.role = Set("admin".to_owned());
    let refused = unit.unrestricted().save(row).await.unwrap_err();
    let Error::Unrecorded {
        entity_type,
        fields,
    } = &refused
    else {
        panic!("{refused:?}");
    };
    assert_eq!(
        (&**entity_type, &**fields),
        ("User", &["last_seen_at".to_owned()][..])
    );
    // Nothing was sent, so the unit stays usable.
    unit.commit().await.unwrap();
    let stored = user::Entity::find_by_id(john.id).one(db).await.unwrap();
    assert_eq!(stored, Some(john));
    assert_eq!(entries(db).await.len(), 1);
}

async fn touched_fields_and_keys_are_no_change(database: &Database) {
    let db = &database.db;
    audit_runtime::schema::install(db).await.unwrap();
    create_precise_table(db, stamp::Entity).await;
    for (nth, context) in [context(), locked(context())].into_iter().enumerate() {
        let audit = db.audited(&context);
        let name = format!("a{nth}");
        let draft = stamp::Draft::new().name(&name).text("first");
        let row = audit.insert(draft).await.unwrap();
        let written = entries(db).await.len();
        let mut aged = row.clone().into_active_model();
        (aged.id, aged.created_at, aged.updated_at) = (Set(row.id), Set(past()), Set(past()));
        assert_eq!(audit.unrestricted().save(aged.clone()).await.unwrap(), row);
        assert_eq!(entries(db).await.len(), written);
        aged.text = Set("second".to_owned());
        let updated = audit.unrestricted().save(aged).await.unwrap();
        assert_eq!(updated.created_at, row.created_at);
        assert_ne!(updated.updated_at, past());
        let entry = entries(db).await.pop().unwrap();
        assert_eq!(entry.after(), json!({ "text": "second" }));
    }
}

async fn hooks_run_for_what_is_saved(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    // Its key is set and not generated, so `save` treats it as an existing row.
    let row = document::Draft::new().id("1").title("first");
    let document = audit.insert(row).await.unwrap();
    let mut row = document.into_active_model();
    row.set(document::Column::Title, "second".into());
    let saved = audit.unrestricted().save(row.clone()).await.unwrap();
    assert_eq!((saved.title.as_str(), saved.revision), ("second", 2));
    row.title = Set("refused".to_owned());
    let refused = audit.unrestricted().save(row).await.unwrap_err();
    assert!(
        refused.to_string().contains("the hook refuses"),
        "{refused}"
    );
    let entry = entries(db).await.pop().unwrap();
    assert_eq!(entry.after(), json!({ "title": "second", "revision": 2 }));
}
