//! Entries of a later version: an older version that still runs must read the rest.

use audit_runtime::{Kind, Outcome, PastValue, Reason, audit_log, encode::Encoded, prelude::*};
use sea_orm::{ActiveValue::Set, EntityTrait};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, install, new_user, user},
};

on_every_backend!(what_a_later_version_wrote_hides_nothing_else);

/// An entry as some version writes it.
fn entry(
    id: i32,
    kind: i16,
    format: i16,
    action: &str,
    changes: Option<Json>,
) -> audit_log::ActiveModel {
    audit_log::ActiveModel {
        kind: Set(kind),
        format: Set(format),
        changeset_id: Set(Uuid::nil()),
        entity_type: Set(Some("User".to_owned())),
        entity_id: Set(Some(id.to_string())),
        action: Set(action.to_owned()),
        outcome: Set("SUCCESS".to_owned()),
        actor_kind: Set("Admin".to_owned()),
        actor_id: Set("7".to_owned()),
        timestamp: Set(chrono::DateTime::UNIX_EPOCH),
        changes: Set(changes),
        ..Default::default()
    }
}

async fn what_a_later_version_wrote_hides_nothing_else(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap().id;
    let sealed = json!({ "role": { "before": "x", "before_is": "sealed", "after": "y", "after_is": "sealed" },
        "logins": { "before": 0, "after": 1 } });
    let later = [
        entry(john, 1, 1, "UPDATE", Some(sealed)),
        entry(
            john,
            1,
            1,
            "UPDATE",
            Some(json!({ "role": { "before": "y", "after": "z", "reason": 1 } })),
        ),
        entry(john, 1, 1, "UPDATE", Some(json!({ "role": 5 }))),
        entry(john, 1, 1, "UPDATE", Some(json!(["role"]))),
        entry(john, 1, 2, "UPDATE", Some(json!({ "role": [1, 2] }))),
        entry(john, 1, 2, "UPDATE", None),
        entry(
            john,
            1,
            1,
            "MERGE",
            Some(json!({ "role": { "before": "z", "after": "a" } })),
        ),
        audit_log::ActiveModel {
            outcome: Set("PENDING".to_owned()),
            ..entry(john, 2, 1, "EXPORT", None)
        },
    ];
    for row in later.clone() {
        audit_log::Entity::insert(row)
            .exec_without_returning(db)
            .await
            .unwrap();
    }
    audit
        .update(john, user::AdminPatch::new().role("root"))
        .await
        .unwrap();

    let page = History::of::<user::Entity>(john)
        .page(db, None, 100)
        .await
        .unwrap();
    assert_eq!(page.entries.len(), 2 + later.len());
    for entry in &page.entries {
        assert!(!entry.to_string().is_empty());
        let json = serde_json::to_value(entry).unwrap();
        assert_eq!(json["id"], entry.id);
    }
    let sealed = &page.entries[1];
    assert_eq!(
        sealed.change("role").unwrap().before,
        Some(Encoded::Unknown("sealed".to_owned()))
    );
    assert_eq!(sealed.before(), json!({ "logins": 0 }));
    assert!(sealed.values::<user::Entity>(user::Column::Role).is_err());
    assert!(sealed.values::<user::Entity>(user::Column::Logins).is_ok());
    assert!(sealed.inverse::<user::AdminPatch>().is_err());
    assert!(
        sealed
            .inverse_of::<user::AdminPatch>(&[user::Column::Logins])
            .is_ok()
    );
    assert_eq!(
        sealed.to_string(),
        format!(
            "Admin '7' changed User '{john}' logins from 0 to 1 and role from (unknown) to (unknown)"
        )
    );
    assert_eq!(page.entries[8].outcome, Outcome::Unknown);
    // A later schema may allow values that the present one refuses.
    let mut row = audit_log::Entity::find_by_id(page.entries[8].id)
        .one(db)
        .await
        .unwrap()
        .unwrap();
    row.kind = 3;
    assert_eq!(audit_runtime::Entry::from(row).kind, Kind::Unknown);
    for entry in &page.entries[4..7] {
        assert!(entry.inverse::<user::AdminPatch>().is_err());
        assert!(entry.values::<user::Entity>(user::Column::Role).is_err());
    }

    let role = async |moment: Moment| {
        let past = user::Entity::state_at(john, moment, db)
            .await
            .unwrap()
            .unwrap();
        past.get(user::Column::Role).clone()
    };
    let first = page.entries[0].id;
    assert_eq!(
        role(Moment::After(first + 9)).await,
        PastValue::Known("root".into())
    );
    // Where the log contains an unknown form, earlier values are not guessed.
    for entry in first + 1..first + 8 {
        let role = role(Moment::After(entry)).await;
        assert!(
            matches!(role, PastValue::Unknown(Reason::Unreadable(_))),
            "{entry} {role:?}"
        );
    }
    assert_eq!(
        role(Moment::After(first)).await,
        PastValue::Known("user".into())
    );
    let timeline = user::Entity::timeline(john, user::Column::Role, db)
        .await
        .unwrap();
    assert!(timeline.len() >= 5);
}
