//! A setter takes the type of its field.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write() {
    let _ = user::ProfilePatch::new().name(7);
}

fn main() {}
