//! An entity without `Audited` has no past.

mod entities;

use audit_runtime::prelude::*;
use entities::cache;

pub async fn past(db: &sea_orm::DatabaseConnection) {
    let _ = cache::Entity::state_at(1, 7, db).await;
}

fn main() {}
