//! The shop's access to its database.

use audit_runtime::{Unit, prelude::*, schema, schema::Entities, schema::GuardMode};
use sea_orm::{DatabaseConnection, DbErr};

use super::{shop, tables};

/// A request of a logged-in user.
pub struct Request<'a> {
    pub db: &'a DatabaseConnection,
    pub user_id: i32,
}

impl Request<'_> {
    async fn begin(&self) -> Result<Unit, DbErr> {
        tracing::debug!(user_id = self.user_id, "a request");
        let context = AuditContext::new(Actor::new("User", self.user_id));
        let tx = self.db.audited(&context).begin().await?;
        tx.raw_sql("the shop").await?;
        Ok(tx)
    }

    pub async fn open(&self) -> Result<(), DbErr> {
        let tx = self.begin().await?;
        shop::open(&tx).await?;
        tx.commit().await?;
        Ok(())
    }

    pub async fn sell(&self, email: &str) -> Result<i64, DbErr> {
        let tx = self.begin().await?;
        let sale = shop::sell(&tx, email).await?;
        tx.commit().await?;
        Ok(sale)
    }

    pub async fn review(&self, sale: i64, stars: i64) -> Result<(), DbErr> {
        let tx = self.begin().await?;
        shop::review(&tx, sale, stars).await?;
        tx.commit().await?;
        Ok(())
    }

    pub async fn refund(&self, sale: i64) -> Result<(), DbErr> {
        let tx = self.begin().await?;
        shop::refund(&tx, sale).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Runs once, when the service starts.
pub async fn start(db: &DatabaseConnection) -> Result<(), DbErr> {
    tables::create(db).await?;
    schema::install(db).await?;
    let audited = Entities::registered_in("it::generated");
    schema::install_guards(db, &audited, GuardMode::Capture).await?;
    Ok(())
}
