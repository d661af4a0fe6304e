//! No setter for a field that the allowlist has not.

mod entities;

use entities::user;

pub fn write() {
    let _ = user::ProfilePatch::new().role("admin");
}

fn main() {}
