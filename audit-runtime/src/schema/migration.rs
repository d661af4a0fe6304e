//! The schema as migrations for a `Migrator`.

use sea_orm::ConnectionTrait;
use sea_orm_migration::prelude::{
    DbErr, MigrationName, MigrationTrait, SchemaManager, SchemaManagerConnection, async_trait,
};

use super::{
    drop::drop_if_empty,
    install::{create, whole},
    installed::State,
    lock, upgrade,
};
use crate::Error;

/// Returns the migrations of the audit log. List them among those of the application.
///
/// Their names are unique to this library and never change, so they share the application's table `seaql_migrations`. A
/// later version appends to the list.
///
/// ```
/// use sea_orm_migration::{MigrationTrait, MigratorTrait};
///
/// struct Migrator;
///
/// impl MigratorTrait for Migrator {
///     fn migrations() -> Vec<Box<dyn MigrationTrait>> {
///         let mut migrations: Vec<Box<dyn MigrationTrait>> = vec![/* the application's own */];
///         migrations.extend(audit_runtime::schema::migrations());
///         migrations
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let names: Vec<_> = Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect();
/// assert_eq!(
///     names,
///     [
///         "m20260101_000001_audit_runtime_create_audit_log",
///         "m20260101_000002_audit_runtime_upgrade_audit_log",
///     ],
/// );
/// # Ok(())
/// # }
/// ```
///
/// The first creates the log of this version. The second upgrades a log of an earlier version, outside of a
/// transaction, so that writes do not wait; its `down` changes nothing, because earlier builds can use the log.
/// List [data migrations](crate::guide::jobs#data-migrations) with audited writes after both.
///
/// `down` of the first refuses a log with entries, with the message of [`Error::LogNotEmpty`](crate::Error::LogNotEmpty). `fresh`
/// drops every table, including the log.
pub fn migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(CreateAuditLog), Box::new(UpgradeAuditLog)]
}

struct CreateAuditLog;

impl MigrationName for CreateAuditLog {
    fn name(&self) -> &str {
        "m20260101_000001_audit_runtime_create_audit_log"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateAuditLog {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_connection() {
            SchemaManagerConnection::Connection(db) => {
                whole(*db).await?;
            }
            transaction => lock::exclusively_in(transaction, |db| Box::pin(create(db))).await?,
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_connection() {
            SchemaManagerConnection::Connection(db) => {
                lock::exclusively(*db, |db| Box::pin(drop_if_empty(db))).await?;
            }
            transaction => {
                lock::exclusively_in(transaction, |db| Box::pin(drop_if_empty(db))).await?;
            }
        }
        Ok(())
    }
}

struct UpgradeAuditLog;

impl MigrationName for UpgradeAuditLog {
    fn name(&self) -> &str {
        "m20260101_000002_audit_runtime_upgrade_audit_log"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for UpgradeAuditLog {
    fn use_transaction(&self) -> Option<bool> {
        Some(false)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_connection() {
            SchemaManagerConnection::Connection(db) => {
                if let State::Outdated(_) = whole(*db).await? {
                    upgrade::upgrade(*db).await?;
                }
            }
            transaction => {
                lock::exclusively_in(transaction, |db| Box::pin(create_and_upgrade(db))).await?;
            }
        }
        Ok(())
    }

    async fn down(&self, _manager: &SchemaManager) -> Result<(), DbErr> {
        Ok(())
    }
}

async fn create_and_upgrade<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    create(db).await?;
    upgrade::within(db).await
}
