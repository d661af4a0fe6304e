//! A log for each schema: a unit writes to the log that it found first.

use audit_runtime::{Error, prelude::*};
use sea_orm::{
    ConnectionTrait, DatabaseBackend::Postgres, DatabaseConnection, DatabaseTransaction, Statement,
    TransactionTrait,
};

use crate::{
    backend::{Database, run},
    entities::{context, create_table, new_user, user},
};

/// The schemas of three tenants. The pool sees the first.
const TENANTS: [&str; 3] = ["public", "\"Tenant \"\"B\"", "tenant_c"];

async fn install(database: &Database) {
    audit_runtime::schema::install(&database.db).await.unwrap();
    create_table(&database.db, user::Entity).await.unwrap();
    for tenant in &TENANTS[1..] {
        database.execute(&format!("CREATE SCHEMA {tenant}")).await;
        let db = database.connect(|options| {
            options.set_schema_search_path(*tenant);
        });
        let db = db.await;
        audit_runtime::schema::install(&db).await.unwrap();
        create_table(&db, user::Entity).await.unwrap();
    }
}

/// The statement that sets the tenant of a transaction.
fn lead_to(tenant: usize) -> String {
    format!("SET LOCAL search_path TO {}", TENANTS[tenant])
}

async fn at(db: &DatabaseConnection, tenant: usize) -> DatabaseTransaction {
    let transaction = db.begin().await.unwrap();
    transaction
        .execute_unprepared(&lead_to(tenant))
        .await
        .unwrap();
    transaction
}

/// The number of entries of each tenant, and how many of them are changes.
async fn logs(db: &DatabaseConnection) -> [(i64, i64); 3] {
    let mut all = [(0, 0); 3];
    for (tenant, entries) in TENANTS.iter().zip(&mut all) {
        let sql = format!(
            "SELECT count(*) AS entries, count(changes) AS changes FROM {tenant}.audit_log"
        );
        let row = db.query_one_raw(Statement::from_string(Postgres, sql));
        let row = row.await.unwrap().unwrap();
        *entries = (
            row.try_get("", "entries").unwrap(),
            row.try_get("", "changes").unwrap(),
        );
    }
    all
}

fn denied() -> Event {
    Event::new("PAYOUT").denied()
}

#[test]
fn a_denied_event_is_in_the_log_of_its_unit() {
    run(Postgres, outliving_events);
}

async fn outliving_events(database: &Database) {
    install(database).await;
    let db = &database.db;
    let context = context();
    let audit = db.audited(&context);

    // On its own, and after a change.
    let unit = audit.adopt(at(db, 1).await);
    unit.record(denied()).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(logs(db).await, [(0, 0), (1, 0), (0, 0)]);

    let unit = audit.adopt(at(db, 1).await);
    unit.insert(new_user("john")).await.unwrap();
    unit.record(denied()).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(logs(db).await, [(0, 0), (3, 1), (0, 0)]);

    // After an operation that failed the unit.
    let unit = audit.adopt(at(db, 1).await);
    unit.insert(new_user("john")).await.unwrap_err();
    unit.record(denied()).await.unwrap();
    assert!(matches!(unit.commit().await, Err(Error::UnitFailed)));
    assert_eq!(logs(db).await, [(0, 0), (4, 1), (0, 0)]);

    // In a unit of the library, after a statement that sets the tenant.
    let unit = audit.begin().await.unwrap();
    unit.execute_unprepared(&lead_to(2)).await.unwrap();
    unit.record(denied()).await.unwrap();
    unit.insert(new_user("john")).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(logs(db).await, [(0, 0), (4, 1), (2, 1)]);
    // Through a function.
    let unit = audit.begin().await.unwrap();
    let led = unit.query_one_raw(Statement::from_string(
        Postgres,
        "SELECT set_config('search_path', 'tenant_c', true)",
    ));
    led.await.unwrap();
    unit.record(denied()).await.unwrap();
    unit.rollback().await.unwrap();
    assert_eq!(logs(db).await, [(0, 0), (4, 1), (3, 1)]);

    // The next unit is not affected.
    let unit = audit.begin().await.unwrap();
    unit.insert(new_user("jane")).await.unwrap();
    unit.record(denied()).await.unwrap();
    unit.commit().await.unwrap();
    assert_eq!(logs(db).await, [(2, 1), (4, 1), (3, 1)]);
}

#[test]
fn the_log_that_a_unit_found_is_that_of_all_its_entries() {
    run(Postgres, one_log);
}

async fn one_log(database: &Database) {
    install(database).await;
    let db = &database.db;
    for context in [context(), audit_runtime::__private::locked(context())] {
        let audit = db.audited(&context);
        let before = logs(db).await;
        let unit = audit.adopt(at(db, 1).await);
        let john = unit.insert(new_user("john")).await.unwrap();
        unit.update(john.id, user::AdminPatch::new().role("admin"))
            .await
            .unwrap();
        unit.execute_unprepared(&lead_to(2)).await.unwrap();
        // The row belongs to that tenant, and the entries to the unit's log.
        let john = unit.insert(new_user("john")).await.unwrap();
        unit.update(john.id, user::AdminPatch::new().role("admin"))
            .await
            .unwrap();
        unit.insert_many(["jane", "jack"].map(new_user))
            .await
            .unwrap();
        unit.delete::<user::Entity>(john.id).await.unwrap();
        unit.record(Event::new("CUSTOMERS_EXPORTED")).await.unwrap();
        unit.record(denied()).await.unwrap();
        unit.execute_unprepared("DELETE FROM users").await.unwrap();
        unit.execute_unprepared(&lead_to(1)).await.unwrap();
        unit.execute_unprepared("DELETE FROM users").await.unwrap();
        unit.commit().await.unwrap();
        let after = logs(db).await;
        let added: Vec<_> = after
            .iter()
            .zip(before)
            .map(|(after, before)| after.0 - before.0)
            .collect();
        assert_eq!(added, [0, 9, 0]);
    }
}
