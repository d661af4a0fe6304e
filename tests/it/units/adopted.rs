//! Units on a transaction that other code began.

use audit_runtime::{Error, prelude::*};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, TransactionTrait};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, entries, install, new_user, user},
    invariants::{assert_none, violations},
};

on_every_backend!(
    an_adopted_transaction_is_one_unit_with_what_came_before,
    an_adopted_transaction_that_has_ended_is_refused
);

async fn an_adopted_transaction_is_one_unit_with_what_came_before(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let transaction = db.begin().await.unwrap();
    document::Entity::find().all(&transaction).await.unwrap();
    let tx = db.audited(&context).adopt(transaction);
    tx.insert(new_user("john")).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(entries(db).await.len(), 1);

    let tx = db.audited(&context).adopt(db.begin().await.unwrap());
    tx.insert(new_user("jack")).await.unwrap();
    drop(tx);
    assert_eq!(entries(db).await.len(), 1);
    assert_none(&violations(db).await, "after adoption");
}

async fn an_adopted_transaction_that_has_ended_is_refused(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    for commit in [false, true] {
        let transaction = db.begin().await.unwrap();
        // Rolled back without SeaORM's knowledge, as by a deadlock on MySQL or a full disk on SQLite.
        transaction.execute_unprepared("ROLLBACK").await.unwrap();
        let tx = audit.adopt(transaction);
        let refused = if commit {
            tx.commit().await.unwrap_err()
        } else {
            tx.insert(new_user("john")).await.unwrap_err()
        };
        assert!(matches!(refused, Error::TransactionEnded), "{refused}");
    }
    assert_eq!(user::Entity::find().count(db).await.unwrap(), 0);
    assert!(entries(db).await.is_empty());
}
