//! An executor may be a transaction.

mod entities;

use audit_runtime::prelude::*;
use entities::user;
use sea_orm::DatabaseExecutor;

pub fn write(db: DatabaseExecutor<'_>, context: &AuditContext) {
    drop(db.audited(context).delete::<user::Entity>(1));
}

fn main() {}
