//! An `ActiveModel` is saved through a door that a reviewer finds: `audit.unrestricted()`.

mod entities;

use audit_runtime::prelude::*;
use entities::user;
use sea_orm::DatabaseConnection;

pub fn write(audit: &Audit<'_, DatabaseConnection>, user: user::ActiveModel) {
    drop(audit.save(user));
}

fn main() {}
