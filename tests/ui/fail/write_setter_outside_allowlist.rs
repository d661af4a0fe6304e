//! No setter for a field that the allowlist has not.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write() {
    let _ = user::ProfilePatch::new().role("admin");
}

fn main() {}
