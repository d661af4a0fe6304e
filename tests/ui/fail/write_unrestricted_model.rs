//! A `Model` says of no field whether it is set.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(audit: &impl Writer, user: user::Model) {
    drop(audit.unrestricted().save(user));
}

fn main() {}
