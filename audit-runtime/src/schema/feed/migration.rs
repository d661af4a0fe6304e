//! The tables of feeds as migrations for a `Migrator`.

use sea_orm::ConnectionTrait;
use sea_orm_migration::prelude::{
    DbErr, MigrationName, MigrationTrait, SchemaManager, SchemaManagerConnection, async_trait,
};

use super::{TABLES, create, install_feed};
use crate::{
    Error,
    schema::lock::{exclusively, exclusively_in},
};

/// Returns the migrations of the tables of [`feed`](crate::feed). List them after those of
/// [`migrations`](crate::schema::migrations).
///
/// `down` drops the tables. A feed that is started afterwards delivers the log from its beginning.
pub fn feed_migrations() -> Vec<Box<dyn MigrationTrait>> {
    vec![Box::new(CreateAuditFeed)]
}

struct CreateAuditFeed;

impl MigrationName for CreateAuditFeed {
    fn name(&self) -> &str {
        "m20260101_000001_audit_runtime_create_audit_feed"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateAuditFeed {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_connection() {
            SchemaManagerConnection::Connection(db) => install_feed(*db).await?,
            transaction => exclusively_in(transaction, |db| Box::pin(create(db))).await?,
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        match manager.get_connection() {
            SchemaManagerConnection::Connection(db) => {
                exclusively(*db, |db| Box::pin(drop(db))).await?;
            }
            transaction => exclusively_in(transaction, |db| Box::pin(drop(db))).await?,
        }
        Ok(())
    }
}

async fn drop<C: ConnectionTrait>(db: &C) -> Result<(), Error> {
    for table in TABLES {
        db.execute_unprepared(&format!("DROP TABLE IF EXISTS {table}"))
            .await?;
    }
    Ok(())
}
