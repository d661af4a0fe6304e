//! The closure's unit is committed when the closure has returned.

use audit_runtime::prelude::*;

pub async fn write(
    audit: Audit<'_, sea_orm::DatabaseConnection>,
) -> Result<(), audit_runtime::Error> {
    audit.transaction(async |unit| unit.commit().await).await
}

fn main() {}
