//! A migration in a transaction has no pool.

mod entities;

use audit_runtime::prelude::*;
use entities::user;
use sea_orm_migration::SchemaManager;

pub fn write(manager: &SchemaManager<'_>, context: &AuditContext) {
    let db = manager.get_connection();
    drop(db.audited(context).delete::<user::Entity>(1));
}

fn main() {}
