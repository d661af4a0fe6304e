//! Upserts: the entry says whether the row was created or updated.

mod between;
mod conflicts;
mod racing;

use audit_runtime::{Error, Upserted, prelude::*};
use sea_orm::{EntityTrait, SqlErr};
use serde_json::json;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, entries, install, new_user, order, user},
    invariants::{assert_none, violations},
};

on_every_backend!(
    an_entry_says_what_an_upsert_did,
    hooks_run_for_what_an_upsert_does,
    a_unit_may_upsert,
    a_conflict_elsewhere_is_an_error,
    what_may_be_there_must_be_findable,
    an_upsert_needs_a_reason_where_one_does
);

/// Every plan, on the pool and in a unit.
trait Plans {
    fn plans(self) -> [(AuditContext, bool); 4];
}

impl Plans for AuditContext {
    fn plans(self) -> [(AuditContext, bool); 4] {
        let locked = audit_runtime::__private::locked(self.clone());
        [
            (self.clone(), false),
            (self, true),
            (locked.clone(), false),
            (locked, true),
        ]
    }
}

const NAME: [user::Column; 1] = [user::Column::Username];

async fn an_entry_says_what_an_upsert_did(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let role = |role| user::AdminPatch::new().role(role);

    let created = audit
        .insert_or_update(new_user("john"), NAME, role("admin"))
        .await
        .unwrap();
    let Upserted::Created(john) = created else {
        panic!("{created:?}");
    };
    assert_eq!(john.role, "user", "the patch is for a row that is there");

    let updated = audit
        .insert_or_update(new_user("john"), NAME, role("admin"))
        .await
        .unwrap();
    let admin = user::Model {
        role: "admin".to_owned(),
        ..john.clone()
    };
    assert_eq!(updated, Upserted::Updated(admin.clone()));

    let same = audit.insert_or_update(new_user("john"), NAME, role("admin"));
    assert_eq!(same.await.unwrap(), Upserted::Unchanged(admin.clone()));
    let nothing = audit.insert_or_update(new_user("john"), NAME, user::AdminPatch::new());
    assert_eq!(nothing.await.unwrap(), Upserted::Unchanged(admin.clone()));
    let kept = audit.insert_or_keep(new_user("john"), NAME);
    assert_eq!(kept.await.unwrap(), Upserted::Unchanged(admin.clone()));
    let created = audit.insert_or_keep(new_user("jane"), NAME).await.unwrap();
    assert!(matches!(created, Upserted::Created(_)), "{created:?}");
    let jane = created.into_row();

    // The conflict column itself may be set.
    let renamed = audit
        .insert_or_update(
            new_user("jane"),
            NAME,
            user::AdminPatch::new().username("joan"),
        )
        .await
        .unwrap();
    assert_eq!(
        renamed,
        Upserted::Updated(user::Model {
            username: "joan".to_owned(),
            ..jane.clone()
        })
    );

    let log = entries(db).await;
    let told: Vec<_> = log
        .iter()
        .map(|entry| {
            let id: i32 = entry.entity_id.as_ref().unwrap().parse().unwrap();
            (&*entry.action, id, entry.entity_label.as_deref().unwrap())
        })
        .collect();
    assert_eq!(
        told,
        [
            ("CREATE", john.id, "john"),
            ("UPDATE", john.id, "john"),
            ("CREATE", jane.id, "jane"),
            ("UPDATE", jane.id, "jane"),
        ]
    );
    assert_eq!(
        log[1].diff(),
        json!([{ "field": "role", "before": "user", "after": "admin" }])
    );
    assert_none(&violations(db).await, "after upserts");
}

async fn hooks_run_for_what_an_upsert_does(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let upsert = |title: &str| {
        let row = document::Draft::new().id("1").title(title);
        let patch = document::Patch::new().title(title);
        audit.insert_or_update(row, [document::Column::Id], patch)
    };
    let created = upsert("first").await.unwrap();
    assert!(matches!(&created, Upserted::Created(text) if text.revision == 1));
    let updated = upsert("second").await.unwrap();
    assert!(matches!(&updated, Upserted::Updated(text) if text.revision == 2));
    let same = upsert("second").await.unwrap();
    assert!(matches!(&same, Upserted::Unchanged(text) if text.revision == 2));
    let refused = upsert("refused").await.unwrap_err();
    assert!(
        refused.to_string().contains("the hook refuses"),
        "{refused}"
    );
    let kept = audit
        .insert_or_keep(
            document::Draft::new().id("1").title("third"),
            [document::Column::Id],
        )
        .await
        .unwrap();
    assert_eq!(kept, same);
    let log = entries(db).await;
    assert_eq!(log.len(), 2);
    assert_eq!(log[1].after(), json!({ "title": "second", "revision": 2 }));
    assert_none(&violations(db).await, "with hooks");
}

async fn a_unit_may_upsert(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let jane = audit.insert(new_user("jane")).await.unwrap();
    let written = entries(db).await.len();
    for commit in [false, true] {
        let tx = audit.begin().await.unwrap();
        let role = || user::AdminPatch::new().role("admin");
        let created = tx.insert_or_update(new_user("john"), NAME, role()).await;
        assert!(matches!(created, Ok(Upserted::Created(_))), "{created:?}");
        // The unit sees its own row.
        let updated = tx.insert_or_update(new_user("john"), NAME, role()).await;
        assert!(matches!(updated, Ok(Upserted::Updated(_))), "{updated:?}");
        let kept = tx.insert_or_keep(new_user("jane"), NAME).await.unwrap();
        assert_eq!(kept, Upserted::Unchanged(jane.clone()));
        let changeset_id = tx.changeset_id();
        if commit {
            tx.commit().await.unwrap();
            let log = entries(db).await.split_off(written);
            assert_eq!(log.len(), 2);
            assert!(log.iter().all(|entry| entry.changeset_id == changeset_id));
        } else {
            tx.rollback().await.unwrap();
            assert_eq!(entries(db).await.len(), written);
        }
    }
    assert_none(&violations(db).await, "after upserts in units");
}

async fn a_conflict_elsewhere_is_an_error(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    audit.insert(new_user("jane")).await.unwrap();
    let written = entries(db).await.len();
    // Another name with the same key.
    let jack = || user::ActiveModel {
        id: Set(john.id),
        ..new_user("jack")
    };
    let name = |name: &str| user::AdminPatch::new().username(name);
    let violated = [
        audit.insert_or_update(jack(), NAME, name("joan")).await,
        audit.insert_or_keep(jack(), NAME).await,
        // This change violates another row's name.
        audit
            .insert_or_update(new_user("john"), NAME, name("jane"))
            .await,
    ];
    for violated in violated {
        let violated = violated.unwrap_err();
        let is_unique = matches!(
            violated.sql_err(),
            Some(SqlErr::UniqueConstraintViolation(_))
        );
        assert!(is_unique, "{violated}");
    }
    let tx = audit.begin().await.unwrap();
    let violated = tx.insert_or_keep(jack(), NAME).await.unwrap_err();
    assert!(violated.sql_err().is_some(), "{violated}");
    assert!(matches!(tx.commit().await, Err(Error::UnitFailed)));

    assert_eq!(entries(db).await.len(), written);
    assert_none(&violations(db).await, "after conflicts");
}

async fn what_may_be_there_must_be_findable(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let nameless = user::ActiveModel {
        username: NotSet,
        ..new_user("john")
    };
    let refused = audit.insert_or_keep(nameless, NAME).await.unwrap_err();
    assert!(refused.to_string().contains("username"), "{refused}");
    let refused = audit.insert_or_keep(new_user("john"), []).await;
    let refused = refused.unwrap_err().to_string();
    assert!(refused.contains("at least one column"), "{refused}");
    assert!(user::Entity::find().all(db).await.unwrap().is_empty());
}

async fn an_upsert_needs_a_reason_where_one_does(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let with_reason = context();
    let john = db
        .audited(&with_reason)
        .insert(new_user("john"))
        .await
        .unwrap();
    let new_order = |id| order::ActiveModel {
        id: Set(id),
        user_id: Set(john.id),
        total: Set(5),
    };
    let total = |total| order::Patch::new().total(total);
    let key = [order::Column::Id];
    let created = db
        .audited(&with_reason)
        .insert_or_update(new_order(1), key, total(6))
        .await
        .unwrap();
    assert!(matches!(created, Upserted::Created(_)));

    let without = AuditContext::new(Actor::system("test"));
    let audit = db.audited(&without);
    for refused in [
        audit.insert_or_update(new_order(1), key, total(6)).await,
        audit.insert_or_update(new_order(2), key, total(6)).await,
        audit.insert_or_keep(new_order(2), key).await,
    ] {
        assert!(
            matches!(refused, Err(Error::ReasonRequired { .. })),
            "{refused:?}"
        );
    }
    let kept = audit.insert_or_update(new_order(1), key, total(5)).await;
    assert_eq!(kept.unwrap(), Upserted::Unchanged(created.into_row()));
    assert_none(&violations(db).await, "after refusals");
}
