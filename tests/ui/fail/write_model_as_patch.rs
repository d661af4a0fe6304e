//! A `Model` has all fields: it is no patch.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(audit: &impl Writer, user: user::Model) {
    drop(audit.update(1, user));
}

fn main() {}
