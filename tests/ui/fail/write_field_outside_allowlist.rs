//! No field for what the allowlist has not.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write() {
    let _ = user::ProfilePatch {
        role: Set("admin".to_owned()),
        ..Default::default()
    };
}

fn main() {}
