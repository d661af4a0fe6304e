//! No key may be no row.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(audit: &impl Writer, id: Option<i32>) {
    drop(audit.update(id, user::AdminPatch::new().role("admin")));
}

fn main() {}
