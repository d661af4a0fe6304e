//! A key is given by value.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(audit: &impl Writer, user: user::Model) {
    drop(audit.update(&user.id, user::AdminPatch::new().role("admin")));
}

fn main() {}
