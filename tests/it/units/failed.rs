//! Units that fail: by a statement, an interruption or a panic.

use audit_runtime::{Error, prelude::*};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};

use crate::{
    backend::{Database, on_every_backend},
    entities::{context, document, entries, install, new_user, user},
    invariants::{assert_none, violations},
};

on_every_backend!(
    a_failed_statement_fails_the_unit,
    a_statement_that_ends_the_transaction_fails_the_unit,
    a_panic_takes_the_unit_with_it,
    a_statement_that_ends_the_transaction_and_fails_is_told,
    an_interrupted_statement_fails_the_unit
);

async fn a_failed_statement_fails_the_unit(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    let tx = audit.begin().await.unwrap();
    tx.insert(new_user("john")).await.unwrap();
    tx.execute_unprepared("SELECT * FROM no_such_table")
        .await
        .unwrap_err();
    let refused = tx.insert(new_user("jack")).await.unwrap_err();
    assert!(matches!(refused, Error::UnitFailed), "{refused}");
    assert!(user::Entity::find().all(&tx).await.is_err());
    assert!(matches!(tx.commit().await, Err(Error::UnitFailed)));

    let tx = audit.begin().await.unwrap();
    tx.insert(new_user("john")).await.unwrap();
    let twice = tx.insert(new_user("john")).await.unwrap_err();
    assert!(twice.sql_err().is_some(), "{twice}");
    assert!(matches!(tx.commit().await, Err(Error::UnitFailed)));

    assert_eq!(user::Entity::find().count(db).await.unwrap(), 0);
    assert!(entries(db).await.is_empty());
}

async fn a_statement_that_ends_the_transaction_fails_the_unit(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let audit = db.audited(&context);
    for statement in [
        "COMMIT",
        "/* innocent */ COMMIT",
        "ROLLBACK",
        "SELECT 1; COMMIT",
    ] {
        let multiple = statement.contains(';');
        let tx = audit.begin().await.unwrap();
        let ended = tx.execute_unprepared(statement).await.unwrap_err();
        // MySQL does not accept two statements at once.
        if !multiple {
            assert!(
                ended.to_string().contains("has ended"),
                "{statement}: {ended}"
            );
        }
        let refused = tx.insert(new_user("john")).await.unwrap_err();
        assert!(
            matches!(refused, Error::UnitFailed | Error::TransactionEnded),
            "{statement}: {refused}"
        );
        assert!(tx.commit().await.is_err());
    }
    assert!(entries(db).await.is_empty());

    // DDL commits on MySQL, and is part of the transaction elsewhere.
    let tx = audit.begin().await.unwrap();
    let ddl = tx
        .execute_unprepared("CREATE TABLE extra (id integer)")
        .await;
    assert_eq!(
        ddl.is_err(),
        database.backend() == sea_orm::DbBackend::MySql
    );
    assert_eq!(tx.commit().await.is_err(), ddl.is_err());
}

async fn a_statement_that_ends_the_transaction_and_fails_is_told(database: &Database) {
    if database.backend() != sea_orm::DbBackend::MySql {
        // Only MySQL commits before it fails to create a table.
        return;
    }
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let tx = db.audited(&context).begin().await.unwrap();
    tx.insert(new_user("john")).await.unwrap();
    tx.execute_unprepared("CREATE TABLE users (id integer)")
        .await
        .unwrap_err();
    let ended = tx.commit().await.unwrap_err();
    assert!(matches!(ended, Error::TransactionEnded), "{ended}");
    assert_none(
        &violations(db).await,
        "after a commit that nobody asked for",
    );
}

async fn an_interrupted_statement_fails_the_unit(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let tx = db.audited(&context).begin().await.unwrap();
    tx.insert(new_user("john")).await.unwrap();
    // If another thread runs the statement, it may complete at once, without an interruption.
    let interrupted = (0..1000).any(|_| {
        let mut statement = std::pin::pin!(tx.execute_unprepared("UPDATE users SET logins = 5"));
        let mut polled = std::task::Context::from_waker(std::task::Waker::noop());
        statement.as_mut().poll(&mut polled).is_pending()
    });
    assert!(interrupted);
    let refused = tx.insert(new_user("jack")).await.unwrap_err();
    assert!(matches!(refused, Error::UnitFailed), "{refused}");
    assert!(matches!(tx.commit().await, Err(Error::UnitFailed)));
    assert_eq!(user::Entity::find().count(db).await.unwrap(), 0);
    assert!(entries(db).await.is_empty());
}

async fn a_panic_takes_the_unit_with_it(database: &Database) {
    let db = &database.db;
    install(db).await.unwrap();
    let context = context();
    let (pool, context_of_task) = (db.clone(), context.clone());
    let panicked = tokio::spawn(async move {
        let audit = pool.audited(&context_of_task);
        audit
            .transaction(async |tx| {
                tx.insert(new_user("john")).await?;
                tx.insert(document::Draft::new().id("1").title("panic"))
                    .await
            })
            .await
    });
    assert!(panicked.await.unwrap_err().is_panic());

    // The unit outlives the panic of one operation, and must not be committed.
    let tx = db.audited(&context).begin().await.unwrap();
    tx.insert(new_user("john")).await.unwrap();
    let tx = std::sync::Arc::new(tx);
    let writer = tx.clone();
    let panicked = tokio::spawn(async move {
        writer
            .insert(document::Draft::new().id("1").title("panic"))
            .await
    });
    assert!(panicked.await.unwrap_err().is_panic());
    let tx = std::sync::Arc::into_inner(tx).unwrap();
    assert!(matches!(tx.commit().await, Err(Error::UnitFailed)));
    assert_eq!(user::Entity::find().count(db).await.unwrap(), 0);
    assert!(entries(db).await.is_empty());
}
