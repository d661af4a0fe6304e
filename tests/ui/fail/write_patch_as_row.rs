//! A patch is no new row.

mod entities;

use audit_runtime::Writer;
use entities::user;

pub fn write(audit: &impl Writer) {
    drop(audit.insert(user::AdminPatch::new().name("john")));
}

fn main() {}
