//! A setter takes the value itself, a nullable one as well.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write() {
    let _ = user::ProfilePatch::new().phone(Set(Some("1".to_owned())));
}

fn main() {}
