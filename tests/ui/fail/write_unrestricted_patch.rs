//! What is saved without an allowlist is an `ActiveModel`.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(audit: &impl Writer) {
    drop(audit.unrestricted().save(user::AdminPatch::new()));
}

fn main() {}
