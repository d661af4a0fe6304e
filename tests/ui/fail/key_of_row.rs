//! A row is not its key.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(audit: &impl Writer, user: user::Model) {
    drop(audit.update(&user, user::AdminPatch::new().role("admin")));
}

fn main() {}
