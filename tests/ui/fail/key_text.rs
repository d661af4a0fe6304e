//! A key has the type of its field.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(audit: &impl Writer) {
    drop(audit.update("1", user::AdminPatch::new().role("admin")));
}

fn main() {}
