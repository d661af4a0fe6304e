//! The audit log's migrations among those of an application.

use audit_runtime::{Error, schema};
use sea_orm::{ConnectionTrait, DbBackend, DbErr, TransactionTrait};
use sea_orm_migration::{
    MigrationName, MigrationTrait, MigratorTrait, async_trait::async_trait, prelude::SchemaManager,
};

use super::{
    VERSIONS, column, entries,
    frozen::{description, golden},
    insert,
    upgrade::invalidate,
    v1, versions,
};
use crate::backend::{Database, on_every_backend};

on_every_backend!(
    migrations_live_beside_the_users_own,
    fresh_starts_over,
    the_way_down_refuses_a_log_with_entries,
    a_log_of_version_1_is_upgraded,
    a_transaction_of_the_caller_upgrades,
);

async fn migrations_live_beside_the_users_own(db: &Database) {
    Migrator::up(&db.db, None).await.unwrap();
    assert_eq!(description(db).await, golden(db));
    Migrator::up(&db.db, None).await.unwrap();
    schema::install(&db.db).await.unwrap();
    assert_eq!(
        column::<String>(
            db,
            "SELECT version AS value FROM seaql_migrations ORDER BY version"
        )
        .await,
        [
            "m20251231_000001_create_users",
            "m20260101_000001_audit_runtime_create_audit_log",
            "m20260101_000002_audit_runtime_upgrade_audit_log"
        ]
    );

    Migrator::refresh(&db.db).await.unwrap();
    assert_eq!(description(db).await, golden(db));
    Migrator::down(&db.db, None).await.unwrap();
    assert_eq!(description(db).await, "");

    // A log that `install` created is taken over unchanged.
    schema::install(&db.db).await.unwrap();
    insert(&db.db, None).await;
    Migrator::up(&db.db, None).await.unwrap();
    assert_eq!(entries(&db.db).await, 1);
}

async fn fresh_starts_over(db: &Database) {
    Migrator::up(&db.db, None).await.unwrap();
    insert(&db.db, None).await;
    Migrator::fresh(&db.db).await.unwrap();
    assert_eq!(description(db).await, golden(db));
    assert_eq!(entries(&db.db).await, 0);
}

async fn the_way_down_refuses_a_log_with_entries(db: &Database) {
    Migrator::up(&db.db, None).await.unwrap();
    insert(&db.db, None).await;
    // Earlier builds can use the log as it is.
    Migrator::down(&db.db, Some(1)).await.unwrap();
    assert_eq!(description(db).await, golden(db));
    let refused = Migrator::down(&db.db, Some(1)).await.unwrap_err();
    assert_eq!(refused, DbErr::from(Error::LogNotEmpty));
    assert_eq!(description(db).await, golden(db));

    // No lock remains on the pool.
    insert(&db.connect(|_| {}).await, None).await;
    assert_eq!(entries(&db.db).await, 2);
}

/// Only the first migration, which the earlier build has, ran before.
async fn a_log_of_version_1_is_upgraded(db: &Database) {
    migrated_to_version_1(db).await;
    Migrator::up(&db.db, None).await.unwrap();
    assert_eq!(description(db).await, golden(db));
    assert_eq!(versions(db).await, VERSIONS);
    assert_eq!(entries(&db.db).await, 1);
}

/// On MySQL and MariaDB, the transaction ends at the first DDL statement. On PostgreSQL, an earlier upgrade was
/// interrupted.
async fn a_transaction_of_the_caller_upgrades(db: &Database) {
    migrated_to_version_1(db).await;
    if db.backend() == DbBackend::Postgres {
        let statements = schema::upgrade_statements(schema::Dialect::Postgres);
        db.execute(&statements[0]).await;
        invalidate(db).await;
    }
    let transaction = db.db.begin().await.unwrap();
    Migrator::up(&transaction, None).await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(description(db).await, golden(db));
    assert_eq!(versions(db).await, VERSIONS);
    assert_eq!(entries(&db.db).await, 1);
}

async fn migrated_to_version_1(db: &Database) {
    v1::create(db).await;
    insert(&db.db, None).await;
    Migrator::up(&db.db, Some(2)).await.unwrap();
    assert_eq!(versions(db).await, [1]);
}

/// An application's own migration, followed by those of the audit log.
struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut migrations: Vec<Box<dyn MigrationTrait>> = vec![Box::new(CreateUsers)];
        migrations.extend(schema::migrations());
        migrations
    }
}

struct CreateUsers;

impl MigrationName for CreateUsers {
    fn name(&self) -> &str {
        "m20251231_000001_create_users"
    }
}

#[async_trait]
impl MigrationTrait for CreateUsers {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = "CREATE TABLE users (id integer PRIMARY KEY)";
        manager
            .get_connection()
            .execute_unprepared(sql)
            .await
            .map(|_| ())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let sql = "DROP TABLE users";
        manager
            .get_connection()
            .execute_unprepared(sql)
            .await
            .map(|_| ())
    }
}
