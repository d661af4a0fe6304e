//! Errors after which a write can be tried again.

use audit_runtime::{Error, prelude::*};
use sea_orm::{ConnectionTrait, DbBackend, EntityTrait, IsolationLevel, TransactionTrait};

use super::super::races::{deadlock, pool, rows};
use crate::{
    backend::{Database, Server, on_every_backend},
    entities::{context, entries, new_user, user},
    invariants::{assert_none, violations},
};

on_every_backend!(
    a_deadlock_is_an_error_that_can_be_retried,
    a_lock_that_times_out_can_be_retried,
    a_snapshot_that_is_too_old_can_be_retried
);

async fn a_deadlock_is_an_error_that_can_be_retried(database: &Database) {
    if database.backend() == DbBackend::Sqlite {
        // With one writer at a time, there are no deadlocks.
        return;
    }
    let db = &pool(database).await;
    let rows = rows(db).await;
    let before = entries(db).await.len();
    let results = deadlock(db, &rows).await;
    let (committed, failed): (Vec<_>, Vec<_>) = results.into_iter().partition(Result::is_ok);
    assert_eq!((committed.len(), failed.len()), (1, 1));
    for error in failed {
        let error = error.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        let and_back = Error::from(sea_orm::DbErr::from(error));
        assert!(and_back.is_retryable(), "{and_back}");
    }
    assert_eq!(entries(db).await.len() - before, 2);

    // A retry leaves its entries once.
    let context = context();
    let audit = db.audited(&context);
    audit
        .update(rows[0], user::AdminPatch::new().logins(-1))
        .await
        .unwrap();
    assert_none(&violations(db).await, "after a deadlock");
}

async fn a_lock_that_times_out_can_be_retried(database: &Database) {
    let backend = database.backend();
    let db = &pool(database).await;
    let id = rows(db).await[0];
    let context = context();
    let holder = db.audited(&context).begin().await.unwrap();
    holder
        .update(id, user::AdminPatch::new().role("admin"))
        .await
        .unwrap();

    let impatient = database
        .connect(|options| {
            options.max_connections(1);
            options.map_sqlx_sqlite_opts(|options| options.busy_timeout(std::time::Duration::ZERO));
        })
        .await;
    match backend {
        DbBackend::Postgres => impatient
            .execute_unprepared("SET lock_timeout = '10ms'")
            .await
            .unwrap(),
        DbBackend::MySql => impatient
            .execute_unprepared("SET innodb_lock_wait_timeout = 1")
            .await
            .unwrap(),
        _ => impatient.execute_unprepared("SELECT 1").await.unwrap(),
    };
    let audit = impatient.audited(&context);
    let patch = user::AdminPatch::new().role("guest");
    let error = audit.update(id, patch.clone()).await.unwrap_err();
    assert!(error.is_retryable(), "{error}");

    if backend != DbBackend::Sqlite {
        // MySQL undoes only the statement. The unit's earlier writes must not be committed without the rest.
        let tx = audit.begin().await.unwrap();
        tx.insert(new_user("impatient")).await.unwrap();
        let error = tx.update(id, patch.clone()).await.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        let and_back = Error::from(sea_orm::DbErr::from(error));
        assert!(and_back.is_retryable(), "{and_back}");
        assert!(matches!(tx.commit().await, Err(Error::UnitFailed)));
    }
    holder.commit().await.unwrap();
    audit.update(id, patch).await.unwrap();
    let roles: Vec<_> = entries(db)
        .await
        .iter()
        .filter_map(|entry| Some(entry.after().get("role")?.clone()))
        .collect();
    assert_eq!(roles[roles.len() - 2..], ["admin", "guest"]);
    assert_none(&violations(db).await, "after a lock that timed out");
}

async fn a_snapshot_that_is_too_old_can_be_retried(database: &Database) {
    let db = &pool(database).await;
    let id = rows(db).await[0];
    let context = context();
    let audit = db.audited(&context);
    let transaction = db
        .begin_with_config(Some(IsolationLevel::RepeatableRead), None)
        .await
        .unwrap();
    user::Entity::find().all(&transaction).await.unwrap();
    audit
        .update(id, user::AdminPatch::new().role("admin"))
        .await
        .unwrap();

    let tx = audit.adopt(transaction);
    let late = tx.update(id, user::AdminPatch::new().role("guest")).await;
    let lets_it = [Server::MariaDb, Server::MySql];
    if lets_it.contains(&database.server()) {
        // Without `innodb_snapshot_isolation`, a locking read sees the newest row.
        late.unwrap();
        tx.commit().await.unwrap();
    } else {
        let error = late.unwrap_err();
        assert!(error.is_retryable(), "{error}");
        assert!(matches!(tx.commit().await, Err(Error::UnitFailed)));
    }
    assert_none(&violations(db).await, "after an old snapshot");
}
