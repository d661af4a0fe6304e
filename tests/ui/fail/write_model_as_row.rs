//! A `Model` is a row that is stored: it is no new one.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(audit: &impl Writer, user: user::Model) {
    drop(audit.insert(user));
}

fn main() {}
