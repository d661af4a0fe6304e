//! Restores of deleted rows, and reverts of rows with any key.

use audit_runtime::{Error, prelude::*};
use sea_orm::{EntityTrait, IntoActiveModel};

use super::last;
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, install, new_user, order, user},
    invariants::{assert_none, violations},
    types::whole,
};

on_every_backend!(a_deleted_row_is_restored, a_row_of_any_key_is_taken_back);

async fn a_deleted_row_is_restored(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    audit
        .update(john.id, user::ProfilePatch::new().phone(None))
        .await
        .unwrap();
    audit.delete::<user::Entity>(john.id).await.unwrap();
    let deleted = last(db).await;

    let restoration = deleted.restoration::<user::Entity>().unwrap();
    assert_eq!(restoration.missing(), ["password_hash", "last_seen_at"]);
    // Values that the log does not have must come from the database or the caller.
    audit.restore(restoration.clone()).await.unwrap_err();
    assert_eq!(last(db).await.id, deleted.id);
    let restoration = restoration
        .fill(user::Column::PasswordHash, "reset")
        .unwrap();
    let restored = audit.restore(restoration.clone()).await.unwrap();
    let expected = user::Model {
        phone: None,
        password_hash: "reset".to_owned(),
        ..john
    };
    assert_eq!(restored, expected);
    let entry = last(db).await;
    assert_eq!(
        (&*entry.action, entry.reverts),
        ("CREATE", Some(deleted.id))
    );
    // A second restore fails.
    audit.restore(restoration).await.unwrap_err();

    // Hooks run as for any insert.
    audit
        .insert(document::Draft::new().id("d").title("t"))
        .await
        .unwrap();
    audit.delete::<document::Entity>("d").await.unwrap();
    let restoration = last(db).await.restoration::<document::Entity>().unwrap();
    let document = audit.restore(restoration).await.unwrap();
    assert_eq!(
        (&*document.id, &*document.title, document.revision),
        ("d", "t", 2)
    );

    // A reason is required if the entity requires one.
    let row = order::Model {
        id: 1,
        user_id: restored.id,
        total: 5,
    };
    audit.insert(row.clone().into_active_model()).await.unwrap();
    audit.delete::<order::Entity>(1).await.unwrap();
    let restoration = last(db).await.restoration::<order::Entity>().unwrap();
    let careless = AuditContext::new(Actor::new("Admin", "7"));
    let refused = db
        .audited(&careless)
        .restore(restoration.clone())
        .await
        .unwrap_err();
    assert!(matches!(refused, Error::ReasonRequired { .. }));
    assert_eq!(audit.restore(restoration).await.unwrap(), row);
    assert_none(&violations(db).await, "after restoring");
}

mod seat {
    use audit_runtime::Audited;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
    #[sea_orm(table_name = "seats")]
    #[audited(no_hooks)]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub hall: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub row: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: Uuid,
        #[audited(update)]
        pub guest: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}
}

async fn a_row_of_any_key_is_taken_back(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    crate::types::create_table(db, seat::Entity).await;
    let context = context();
    let audit = db.audited(&context);
    for hall in ["7", "a\"b", " ", "[1]", "🦀"] {
        let number = uuid::Uuid::now_v7();
        let row = seat::Model {
            hall: hall.to_owned(),
            row: i64::MAX,
            number,
            guest: "jane".to_owned(),
        };
        audit.insert(row.clone().into_active_model()).await.unwrap();
        let patch = seat::Patch::new().guest("john");
        audit
            .update((hall.to_owned(), i64::MAX, number), patch)
            .await
            .unwrap();
        let inverse = last(db).await.inverse::<seat::Patch>().unwrap();
        assert_eq!(audit.revert(inverse).await.unwrap(), row);
    }
    for id in ["7", "007", "a b", "true", "\"quoted\"", "ä"] {
        audit
            .insert(document::Draft::new().id(id).title("one"))
            .await
            .unwrap();
        audit
            .update(id, document::Patch::new().title("two"))
            .await
            .unwrap();
        let inverse = last(db)
            .await
            .inverse_of::<document::Patch>(&[document::Column::Title]);
        let reverted = audit.revert(inverse.unwrap()).await.unwrap();
        assert_eq!((&*reverted.id, &*reverted.title), (id, "one"));
    }
    // A key that is stored as a hash cannot be read back.
    let long = "x".repeat(600);
    if database.backend() != sea_orm::DatabaseBackend::MySql {
        audit
            .insert(document::Draft::new().id(&long).title("one"))
            .await
            .unwrap();
        let row = document::Entity::find_by_id(&long)
            .one(db)
            .await
            .unwrap()
            .unwrap();
        audit
            .update(
                long,
                whole(&document::Model {
                    title: "two".to_owned(),
                    ..row
                }),
            )
            .await
            .unwrap();
        let refused = last(db)
            .await
            .inverse_of::<document::Patch>(&[document::Column::Title]);
        let refused = refused.unwrap_err().to_string();
        assert!(
            refused.contains("the row's key cannot be read from the log"),
            "{refused}"
        );
    }
}
