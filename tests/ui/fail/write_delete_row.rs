//! A row is deleted by its key.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(audit: &impl Writer, user: user::Model) {
    drop(audit.delete::<user::Entity>(&user));
}

fn main() {}
