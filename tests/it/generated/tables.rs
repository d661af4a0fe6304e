//! The shop's tables, on every database.

use sea_orm::{DatabaseConnection, DbErr};

use super::entities::prelude::*;
use crate::entities::create_table;

/// Creates the tables in the order of their references.
pub async fn create(db: &DatabaseConnection) -> Result<(), DbErr> {
    create_table(db, Brands).await?;
    create_table(db, Categories).await?;
    create_table(db, Suppliers).await?;
    create_table(db, Warehouses).await?;
    create_table(db, Employees).await?;
    create_table(db, Customers).await?;
    create_table(db, Addresses).await?;
    create_table(db, Products).await?;
    create_table(db, ProductImages).await?;
    create_table(db, ProductCategories).await?;
    create_table(db, StockLevels).await?;
    create_table(db, Purchases).await?;
    create_table(db, PurchaseLines).await?;
    create_table(db, Promotions).await?;
    create_table(db, Sales).await?;
    create_table(db, SaleLines).await?;
    create_table(db, Payments).await?;
    create_table(db, Refunds).await?;
    create_table(db, Shipments).await?;
    create_table(db, Reviews).await?;
    Ok(())
}
