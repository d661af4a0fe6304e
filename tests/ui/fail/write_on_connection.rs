//! A patch is not written past the audit.

mod entities;

use entities::user;

pub fn write(db: &sea_orm::DatabaseConnection) {
    drop(user::AdminPatch::new().role("admin").update(1, db));
}

fn main() {}
