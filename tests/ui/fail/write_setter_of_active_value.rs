//! A setter takes the value itself.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write() {
    let _ = user::AdminPatch::new().role(Set("admin".to_owned()));
}

fn main() {}
