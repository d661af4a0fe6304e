//! Unknown pasts, and their reasons.

use audit_runtime::{Error, PastValue, Reason, audit_log, prelude::*};
use chrono::{TimeDelta, Utc};
use sea_orm::{ColumnTrait, DatabaseBackend, EntityTrait, QueryFilter};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, entries, install, install_unguarded, new_user, order, user},
};

on_every_backend!(
    what_is_not_known_says_why,
    a_row_older_than_the_log_has_a_past,
    what_was_changed_outside_is_not_guessed,
    what_was_purged_is_not_guessed
);

async fn what_is_not_known_says_why(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let john = audit.insert(new_user("john")).await.unwrap();
    let patch = user::ProfilePatch::new().phone(None);
    audit.update(john.id, patch).await.unwrap();
    audit.delete::<user::Entity>(john.id).await.unwrap();

    for (entry, phone) in [(1, Some(Reason::Redacted)), (2, None)] {
        let past = user::Entity::state_at(john.id, entry, db).await.unwrap();
        let past = past.unwrap();
        let known = |value: sea_orm::Value| PastValue::Known(value);
        assert_eq!(past.get(user::Column::Id), &known(john.id.into()));
        assert_eq!(past.get(user::Column::Username), &known("john".into()));
        assert_eq!(past.get(user::Column::Logins), &known(0.into()));
        let phone = match phone {
            Some(reason) => PastValue::Unknown(reason),
            // The fact that it was cleared is not secret.
            None => known(None::<String>.into()),
        };
        assert_eq!(past.get(user::Column::Phone), &phone);
        assert_eq!(
            past.get(user::Column::PasswordHash),
            &PastValue::Unknown(Reason::Redacted)
        );
        assert_eq!(
            past.get(user::Column::LastSeenAt),
            &PastValue::Unknown(Reason::Skipped)
        );
        let refused = past.model().unwrap_err();
        assert!(matches!(&refused, Error::UnknownFields { fields, .. } if fields.len() >= 2));
        let expected = format!("some fields of User {} are unknown: ", john.id);
        assert!(refused.to_string().starts_with(&expected), "{refused}");
        assert!(
            refused
                .to_string()
                .ends_with("`last_seen_at`: it is skipped")
        );
        assert!(!format!("{past:?}{refused:?}").contains("0100"));
    }
    // The same for a row that exists.
    let jack = audit.insert(new_user("jack")).await.unwrap();
    let past = user::Entity::state_at(jack.id, Utc::now() + TimeDelta::hours(1), db).await;
    let past = past.unwrap().unwrap();
    assert!(!format!("{past:?}").contains("0100"));
    let json = serde_json::to_value(&past).unwrap();
    assert_eq!(json["known"]["username"], "jack");
    assert_eq!(json["unknown"]["password_hash"], "it is redacted");
    let nobody = user::Entity::state_at(4711, Utc::now(), db).await.unwrap();
    assert_eq!(nobody, None);
}

async fn a_row_older_than_the_log_has_a_past(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    let order = order::Model {
        id: 1,
        user_id: 0,
        total: 10,
    };
    database.execute("INSERT INTO users (id, username, role, logins, password_hash) VALUES (5, 'old', 'user', 1, '')").await;
    database
        .execute("INSERT INTO orders (id, user_id, total) VALUES (1, 5, 10)")
        .await;
    let order = order::Model {
        user_id: 5,
        ..order
    };
    let before = Utc::now() - TimeDelta::minutes(1);

    let state = async |moment: Moment| {
        let past = order::Entity::state_at(1, moment, db).await.unwrap();
        past.map(|past| past.model().unwrap())
    };
    assert_eq!(state(before.into()).await, Some(order.clone()));
    let context = context();
    let audit = db.audited(&context);
    audit
        .update(1, order::Patch::new().total(20))
        .await
        .unwrap();
    audit
        .update(1, order::Patch::new().total(30))
        .await
        .unwrap();
    assert_eq!(state(before.into()).await, Some(order.clone()));
    assert_eq!(state(Moment::Before(1)).await, Some(order.clone()));
    let at_20 = order::Model {
        total: 20,
        ..order.clone()
    };
    assert_eq!(state(Moment::After(1)).await, Some(at_20.clone()));
    audit.delete::<order::Entity>(1).await.unwrap();
    assert_eq!(state(before.into()).await, Some(order));
    assert_eq!(state(Moment::After(1)).await, Some(at_20));
    assert_eq!(state(Moment::After(3)).await, None);
}

async fn what_was_changed_outside_is_not_guessed(database: &Database) {
    let db = &database.db;
    install_unguarded(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let draft = document::Draft::new().id("d").title("one");
    audit.insert(draft).await.unwrap();
    database
        .execute("UPDATE documents SET title = 'outside' WHERE id = 'd'")
        .await;
    let patch = document::Patch::new().title("three");
    audit.update("d", patch).await.unwrap();

    let title = async |moment: Moment| {
        let past = document::Entity::state_at("d", moment, db).await.unwrap();
        past.map(|past| past.get(document::Column::Title).clone())
    };
    let outside = Some(PastValue::Unknown(Reason::ChangedOutside));
    let created = entries(db).await.remove(0);
    // Next to an entry, the value is known. Between the two, it is not.
    let known = |title: &str| Some(PastValue::Known(title.into()));
    assert_eq!(title(Moment::After(1)).await, known("one"));
    assert_eq!(title(Moment::Before(2)).await, known("outside"));
    assert_eq!(title(created.recorded_at.into()).await, outside);

    database.execute("DELETE FROM documents").await;
    let now = || Moment::At(Utc::now() + TimeDelta::hours(1));
    assert_eq!(title(now()).await, outside);
    assert_eq!(title(Moment::After(2)).await, known("three"));
    assert_eq!(title(Moment::After(1)).await, known("one"));

    let draft = document::Draft::new().id("d").title("again");
    audit.insert(draft).await.unwrap();
    assert_eq!(title(Moment::Before(3)).await, None);
    audit.delete::<document::Entity>("d").await.unwrap();
    assert_eq!(title(Moment::After(4)).await, None);
    database
        .execute("INSERT INTO documents (id, title, revision) VALUES ('d', 'raw', 1)")
        .await;
    assert_eq!(title(Moment::After(4)).await, None);
    assert_eq!(title(now()).await, outside);
}

async fn what_was_purged_is_not_guessed(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let draft = document::Draft::new().id("d").title("one");
    audit.insert(draft).await.unwrap();
    for title in ["two", "three", "four"] {
        let patch = document::Patch::new().title(title);
        audit.update("d", patch).await.unwrap();
    }
    let entries = entries(db).await;
    purge(database, 2).await;

    let title = async |moment: Moment| {
        let past = document::Entity::state_at("d", moment, db).await.unwrap();
        past.unwrap().get(document::Column::Title).clone()
    };
    let purged = PastValue::Unknown(Reason::Purged);
    let before = entries[2].recorded_at - TimeDelta::hours(1);
    assert_eq!(title(before.into()).await, purged);
    assert_eq!(title(Moment::After(1)).await, purged);
    assert_eq!(
        title(Moment::Before(3)).await,
        PastValue::Known("two".into())
    );
    assert_eq!(
        title(Moment::After(3)).await,
        PastValue::Known("three".into())
    );
    // It is also unknown whether there was a row.
    let nobody = document::Entity::state_at("nobody", before, db)
        .await
        .unwrap();
    assert!(nobody.is_some_and(|past| past.model().is_err()));
}

/// Deletes the first entries, as the owner of the table can.
async fn purge(database: &Database, up_to: i64) {
    let db = &database.db;
    match database.backend() {
        DatabaseBackend::Postgres => {
            database
                .execute("DROP TRIGGER audit_log_append_only ON audit_log")
                .await;
        }
        _ => database.execute("DROP TRIGGER audit_log_no_delete").await,
    }
    let delete = audit_log::Entity::delete_many().filter(audit_log::Column::Id.lte(up_to));
    delete.exec(db).await.unwrap();
}
