//! A key has the type of the entity's key.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(audit: &impl Writer) {
    drop(audit.delete::<user::Entity>("seven"));
}

fn main() {}
