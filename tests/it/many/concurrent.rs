//! Rows that others write between the filter and the lock.

use std::cell::Cell;

use audit_runtime::{AuditContext, prelude::*};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseBackend, DatabaseConnection, Statement};
use serde_json::json;
use tokio::task::yield_now;

use super::{stored, users};
use crate::{
    backend::{Database, on_every_backend},
    entities::{context, entries, install, user},
    invariants::{assert_none, violations},
};

on_every_backend!(a_row_that_others_write_first_is_seen_as_they_left_it);

async fn a_row_that_others_write_first_is_seen_as_they_left_it(database: &Database) {
    if database.backend() == DatabaseBackend::Sqlite {
        // SQLite allows one writer at a time.
        return;
    }
    install(&database.db).await.unwrap();
    for context in [context(), audit_runtime::__private::locked(context())] {
        update_many(database, &context).await;
        delete_many(database, &context).await;
    }
    assert_none(&violations(&database.db).await, "with writers in between");
}

async fn update_many(database: &Database, context: &AuditContext) {
    let db = &database.db;
    let names = ["john", "jane", "jack", "judy"].map(|name| (name, "guest"));
    let [john, jane, jack, judy] = &users(db, &names).await[..] else {
        unreachable!()
    };
    let written = entries(db).await.len();
    let audit = db.audited(context);
    let patch = user::AdminPatch::new().role("user").logins(5);
    let guests = user::Column::Role.eq("guest");
    let changed = beside(
        db,
        context,
        audit.update_many(guests, patch),
        async |other| {
            // One row no longer matches, one is deleted, and one has changed.
            let admin = user::AdminPatch::new().role("admin");
            other.update(jane.id, admin).await.unwrap();
            other.delete::<user::Entity>(jack.id).await.unwrap();
            let logins = user::AdminPatch::new().logins(3);
            other.update(judy.id, logins).await.unwrap();
        },
    );
    assert_eq!(changed.await, 2);

    let found = stored(db).await;
    let found: Vec<_> = found
        .iter()
        .map(|user| (&*user.username, &*user.role, user.logins))
        .collect();
    assert_eq!(
        found,
        [
            ("john", "user", 5),
            ("jane", "admin", 0),
            ("judy", "user", 5)
        ]
    );
    let log = entries(db).await.split_off(written + 3);
    let before: Vec<_> = log
        .iter()
        .map(|entry| (entry.entity_id.clone().unwrap(), entry.before()))
        .collect();
    let was = |user: &user::Model, logins| {
        (
            user.id.to_string(),
            json!({ "role": "guest", "logins": logins }),
        )
    };
    assert_eq!(before, [was(john, 0), was(judy, 3)]);
}

async fn delete_many(database: &Database, context: &AuditContext) {
    let db = &database.db;
    let audit = db.audited(context);
    let [john, jane, judy] = &stored(db).await[..] else {
        unreachable!()
    };
    let written = entries(db).await.len();
    let users = user::Column::Role.eq("user");
    let all = audit.delete_many::<user::Entity>(users);
    let deleted = beside(db, context, all, async |other| {
        let logins = user::AdminPatch::new().logins(9);
        other.update(john.id, logins).await.unwrap();
        other.delete::<user::Entity>(judy.id).await.unwrap();
    });
    assert_eq!(deleted.await, 1);
    assert_eq!(stored(db).await, std::slice::from_ref(jane));
    let log = entries(db).await.split_off(written + 2);
    let [entry] = &log[..] else { panic!("{log:?}") };
    assert_eq!(entry.entity_id, Some(john.id.to_string()));
    assert_eq!(entry.before()["logins"], 9);
    audit.delete::<user::Entity>(jane.id).await.unwrap();
}

/// Runs a write that must wait for a unit, which has written, and then commits.
async fn beside(
    db: &DatabaseConnection,
    context: &AuditContext,
    write: impl Future<Output = Result<u64, audit_runtime::Error>>,
    first: impl AsyncFnOnce(&audit_runtime::Unit),
) -> u64 {
    let other = db.audited(context).begin().await.unwrap();
    first(&other).await;
    let is_over = Cell::new(false);
    let write = async {
        let count = write.await;
        is_over.set(true);
        count
    };
    let commit = async {
        // The result must be the same, whether the write already waits or not.
        while !is_over.get() && !is_anyone_waiting(db).await {
            yield_now().await;
        }
        other.commit().await.unwrap();
    };
    tokio::join!(write, commit).0.unwrap()
}

async fn is_anyone_waiting(db: &DatabaseConnection) -> bool {
    let backend = db.get_database_backend();
    let sql = match backend {
        DatabaseBackend::Postgres => {
            "SELECT count(*)::text AS \"Value\" FROM pg_stat_activity \
             WHERE datname = current_database() AND wait_event_type = 'Lock'"
        }
        _ => "SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'",
    };
    let row = db.query_one_raw(Statement::from_string(backend, sql)).await;
    let count: String = row.unwrap().unwrap().try_get("", "Value").unwrap();
    count != "0"
}
