//! Nobody writes without saying who.

use audit_runtime::prelude::*;

pub fn write(db: &sea_orm::DatabaseConnection) {
    let _ = db.audited();
}

fn main() {}
