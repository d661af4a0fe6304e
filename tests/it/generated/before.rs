//! The shop's access to its database.

use sea_orm::{DatabaseConnection, DatabaseTransaction, DbErr, TransactionTrait};

use super::{shop, tables};

/// A request of a logged-in user.
pub struct Request<'a> {
    pub db: &'a DatabaseConnection,
    pub user_id: i32,
}

impl Request<'_> {
    async fn begin(&self) -> Result<DatabaseTransaction, DbErr> {
        tracing::debug!(user_id = self.user_id, "a request");
        self.db.begin().await
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
    Ok(())
}
