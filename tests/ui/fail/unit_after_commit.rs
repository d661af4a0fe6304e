//! A unit ends with its commit.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub async fn write(unit: Unit) -> Result<(), audit_runtime::Error> {
    unit.commit().await?;
    unit.delete::<user::Entity>(1).await
}

fn main() {}
