//! A patch is not written past the audit.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(user: &user::Model, db: &sea_orm::DatabaseConnection) {
    drop(user.apply(user::AdminPatch::new().role("admin"), db));
}

fn main() {}
