//! A transaction is adopted by value.

use audit_runtime::prelude::*;

pub fn write(audit: Audit<'_, sea_orm::DatabaseConnection>, txn: &sea_orm::DatabaseTransaction) {
    let _ = audit.adopt(txn);
}

fn main() {}
