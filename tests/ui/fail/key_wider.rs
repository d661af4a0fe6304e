//! A wider integer may be no key.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(audit: &impl Writer, id: i64) {
    drop(audit.update(id, user::AdminPatch::new().role("admin")));
}

fn main() {}
