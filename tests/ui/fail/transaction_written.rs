//! A borrowed transaction is one error, whatever is then written.

mod entities;

use audit_runtime::prelude::*;
use entities::user;
use sea_orm::DatabaseTransaction;

pub fn write(db: &DatabaseTransaction, context: &AuditContext) {
    drop(db.audited(context).delete::<user::Entity>(1));
}

fn main() {}
