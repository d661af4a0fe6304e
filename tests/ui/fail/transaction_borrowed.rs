//! A borrowed transaction can be ended half-way by its owner.

use audit_runtime::prelude::*;

pub fn write(txn: &sea_orm::DatabaseTransaction, context: &AuditContext) {
    let _ = txn.audited(context);
}

fn main() {}
