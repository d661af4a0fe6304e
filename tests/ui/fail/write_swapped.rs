//! The key comes first.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(audit: &impl Writer) {
    drop(audit.update(user::AdminPatch::new().role("admin"), 1));
}

fn main() {}
