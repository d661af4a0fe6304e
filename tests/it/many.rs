//! Many rows at once: one entry per changed row, with set-based statements.

mod columns;
mod concurrent;
mod large;

use audit_runtime::{Error, prelude::*};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryOrder};
use serde_json::json;

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, entries, install, new_user, order, user},
    invariants::{assert_none, violations},
    statements::Statements,
};

on_every_backend!(
    each_changed_row_has_an_entry_of_its_own,
    no_rows_are_no_statements,
    many_rows_in_a_unit_live_and_die_with_it,
    many_rows_run_no_hooks,
    many_rows_need_a_reason_where_one_does,
    a_violation_in_the_middle_leaves_nothing
);

/// Users with these names and roles.
async fn users(db: &DatabaseConnection, users: &[(&str, &str)]) -> Vec<user::Model> {
    let rows = users.iter().map(|(name, role)| user::ActiveModel {
        role: Set((*role).to_owned()),
        ..new_user(name)
    });
    let context = context();
    let rows = rows.collect::<Vec<_>>();
    db.audited(&context).insert_many(rows).await.unwrap()
}

async fn stored(db: &DatabaseConnection) -> Vec<user::Model> {
    let users = user::Entity::find().order_by_asc(user::Column::Id);
    users.all(db).await.unwrap()
}

async fn each_changed_row_has_an_entry_of_its_own(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let names = ["john", "jane", "jack", "judy"];
    let roles = ["guest", "user", "admin", "guest"];
    let given: Vec<_> = names.into_iter().zip(roles).collect();
    let inserted = users(db, &given).await;
    assert_eq!(inserted, stored(db).await);
    let found: Vec<_> = inserted
        .iter()
        .map(|user| (&*user.username, &*user.role))
        .collect();
    assert_eq!(found, given);

    let log = entries(db).await;
    assert_eq!(log.len(), 4);
    for (entry, user) in log.iter().zip(&inserted) {
        assert_eq!(entry.action, "CREATE");
        assert_eq!(entry.entity_id, Some(user.id.to_string()));
        assert_eq!(entry.entity_label.as_ref(), Some(&user.username));
        assert_eq!(
            entry.after(),
            json!({ "username": user.username, "role": user.role, "logins": 0 })
        );
        assert_eq!(entry.changeset_id, log[0].changeset_id);
        assert_eq!(entry.reason.as_deref(), Some("a test"));
    }

    // Jane is a user already, and judy does not meet the condition.
    let patch = user::AdminPatch::new().role("user");
    let condition = user::Column::Username.ne("judy");
    assert_eq!(audit.update_many(condition, patch).await.unwrap(), 2);
    let log = entries(db).await.split_off(4);
    let mut told: Vec<_> = log
        .iter()
        .map(|entry| (entry.entity_label.as_deref().unwrap(), entry.diff()))
        .collect();
    told.sort_unstable_by_key(|(name, _)| *name);
    let diff = |before| json!([{ "field": "role", "before": before, "after": "user" }]);
    assert_eq!(told, [("jack", diff("admin")), ("john", diff("guest"))]);
    assert!(log.iter().all(|entry| entry.action == "UPDATE"));
    assert_eq!(log[0].changeset_id, log[1].changeset_id);

    let condition = user::Column::Role.eq("user");
    assert_eq!(
        audit.delete_many::<user::Entity>(condition).await.unwrap(),
        3
    );
    let log = entries(db).await.split_off(6);
    let mut told: Vec<_> = log
        .iter()
        .map(|entry| (entry.entity_label.as_deref().unwrap(), &*entry.action))
        .collect();
    // Entries of different rows have no order.
    told.sort_unstable();
    assert_eq!(told, ["jack", "jane", "john"].map(|name| (name, "DELETE")));
    assert!(
        log.iter()
            .all(|entry| entry.before()["username"] == *entry.entity_label.as_ref().unwrap())
    );
    assert_eq!(stored(db).await, inserted[3..]);
    assert_none(&violations(db).await, "after many rows at once");
}

async fn no_rows_are_no_statements(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    users(db, &[("john", "user")]).await;
    let (statements, db) = Statements::count(db);
    let context = context();
    let audit = db.audited(&context);
    let nobody = || user::Column::Username.eq("nobody");

    let none = audit.insert_many(Vec::<user::ActiveModel>::new());
    assert!(none.await.unwrap().is_empty());
    let all = user::Column::Id.gt(0);
    let nothing = audit.update_many(all, user::AdminPatch::new());
    assert_eq!(nothing.await.unwrap(), 0);
    let tx = audit.begin().await.unwrap();
    let none = tx.insert_many(Vec::<user::ActiveModel>::new());
    assert!(none.await.unwrap().is_empty());
    let nothing = tx.update_many(user::Column::Id.gt(0), user::AdminPatch::new());
    assert_eq!(nothing.await.unwrap(), 0);
    tx.commit().await.unwrap();
    assert_eq!(statements.take(), 0);

    // Finding no rows takes one statement.
    let patch = user::AdminPatch::new().role("admin");
    assert_eq!(audit.update_many(nobody(), patch).await.unwrap(), 0);
    assert_eq!(statements.take(), 1);
    let none = audit.delete_many::<user::Entity>(nobody()).await.unwrap();
    assert_eq!((none, statements.take()), (0, 1));
    assert_eq!(entries(&db).await.len(), 1);
}

async fn many_rows_in_a_unit_live_and_die_with_it(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    for commit in [false, true] {
        let tx = audit.begin().await.unwrap();
        tx.insert_many(["john", "jane"].map(new_user))
            .await
            .unwrap();
        let all = || user::Column::Id.gt(0);
        let patch = user::AdminPatch::new().role("admin");
        assert_eq!(tx.update_many(all(), patch).await.unwrap(), 2);
        let found = user::Entity::find().all(&tx).await.unwrap();
        assert!(found.len() == 2 && found.iter().all(|user| user.role == "admin"));
        let john = user::Column::Username.eq("john");
        assert_eq!(tx.delete_many::<user::Entity>(john).await.unwrap(), 1);
        let changeset_id = tx.changeset_id();
        if commit {
            tx.commit().await.unwrap();
            let log = entries(db).await;
            assert_eq!(log.len(), 5);
            assert!(log.iter().all(|entry| entry.changeset_id == changeset_id));
            assert_eq!(stored(db).await.len(), 1);
        } else {
            tx.rollback().await.unwrap();
            assert_eq!((stored(db).await.len(), entries(db).await.len()), (0, 0));
        }
    }
    assert_none(&violations(db).await, "after units");
}

async fn many_rows_run_no_hooks(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    // A hook would refuse the first and raise the revision of the second.
    let rows = ["refused", "first"].map(|title| document::ActiveModel {
        id: Set(title.to_owned()),
        title: Set(title.to_owned()),
        revision: Set(1),
    });
    audit.insert_many(rows).await.unwrap();
    let all = || document::Column::Revision.gt(0);
    let patch = document::Patch::new().title("kept");
    assert_eq!(audit.update_many(all(), patch).await.unwrap(), 2);
    let found = document::Entity::find().all(db).await.unwrap();
    assert!(found.iter().all(|text| text.revision == 1));
    let deleted = audit.delete_many::<document::Entity>(all()).await;
    assert_eq!(deleted.unwrap(), 2);
    assert_none(&violations(db).await, "without hooks");
}

async fn many_rows_need_a_reason_where_one_does(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let john = users(db, &[("john", "user")]).await[0].id;
    let with_reason = context();
    let new_order = |total| order::ActiveModel {
        user_id: Set(john),
        total: Set(total),
        ..Default::default()
    };
    let orders = || [5, 6].map(new_order);
    db.audited(&with_reason)
        .insert_many(orders())
        .await
        .unwrap();
    let written = entries(db).await.len();

    let without = AuditContext::new(Actor::system("test"));
    let audit = db.audited(&without);
    let all = || order::Column::Id.gt(0);
    let patch = |total| order::Patch::new().total(total);
    for refused in [
        audit.insert_many(orders()).await.map(drop),
        audit.update_many(all(), patch(5)).await.map(drop),
        audit.delete_many::<order::Entity>(all()).await.map(drop),
    ] {
        assert!(matches!(refused, Err(Error::ReasonRequired { .. })));
    }
    // The refusal comes before any write, so the unit stays usable.
    let tx = audit.begin().await.unwrap();
    for refused in [
        tx.insert_many(orders()).await.map(drop),
        tx.update_many(all(), patch(5)).await.map(drop),
        tx.delete_many::<order::Entity>(all()).await.map(drop),
    ] {
        assert!(matches!(refused, Err(Error::ReasonRequired { .. })));
    }
    tx.commit().await.unwrap();
    // A reason is not required if nothing changes.
    let none = order::Column::Id.lt(0);
    assert_eq!(audit.update_many(none, patch(5)).await.unwrap(), 0);
    let five = order::Column::Total.eq(5);
    assert_eq!(audit.update_many(five, patch(5)).await.unwrap(), 0);
    assert_eq!(entries(db).await.len(), written);
    assert_none(&violations(db).await, "after refusals");
}

async fn a_violation_in_the_middle_leaves_nothing(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let found = users(db, &[("john", "user"), ("jane", "user"), ("jack", "user")]).await;
    let context = context();
    let audit = db.audited(&context);
    let order = order::ActiveModel {
        user_id: Set(found[1].id),
        total: Set(5),
        ..Default::default()
    };
    audit.insert(order).await.unwrap();
    let (before, written) = (stored(db).await, entries(db).await.len());

    // In several statements where there are chunks, and with different columns.
    let rows = || {
        let names = (0..700).map(|number| match number {
            650 => "jane".to_owned(),
            _ => format!("user {number}"),
        });
        let rows = names.enumerate().map(|(number, name)| user::ActiveModel {
            phone: if number < 100 { NotSet } else { Set(None) },
            ..new_user(&name)
        });
        rows.collect::<Vec<_>>()
    };
    let all = || user::Column::Id.gt(0);
    let patch = || user::AdminPatch::new().username("jeff");
    for violated in [
        audit.insert_many(rows()).await.map(drop),
        audit.update_many(all(), patch()).await.map(drop),
        audit.delete_many::<user::Entity>(all()).await.map(drop),
    ] {
        let violated = violated.unwrap_err();
        assert!(violated.sql_err().is_some(), "{violated:?}");
        assert_eq!(stored(db).await, before);
    }
    for number in 0..3 {
        let tx = audit.begin().await.unwrap();
        tx.insert(new_user("joan")).await.unwrap();
        let violated = match number {
            0 => tx.insert_many(rows()).await.map(drop),
            1 => tx.update_many(all(), patch()).await.map(drop),
            _ => tx.delete_many::<user::Entity>(all()).await.map(drop),
        };
        assert!(violated.unwrap_err().sql_err().is_some());
        assert!(matches!(tx.commit().await, Err(Error::UnitFailed)));
        assert_eq!(stored(db).await, before);
    }
    assert_eq!(entries(db).await.len(), written);
    assert_none(&violations(db).await, "after violations");
}
