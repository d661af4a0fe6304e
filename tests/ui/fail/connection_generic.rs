//! Any connection may be a transaction: a function that writes takes a `Writer`.

mod entities;

use audit_runtime::prelude::*;
use entities::user;
use sea_orm::ConnectionTrait;

pub fn write(db: &impl ConnectionTrait, context: &AuditContext) {
    drop(db.audited(context).delete::<user::Entity>(1));
}

fn main() {}
