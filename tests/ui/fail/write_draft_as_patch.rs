//! A draft is no patch.

mod entities;

use audit_runtime::Writer;
use entities::user;

pub fn write(audit: &impl Writer) {
    drop(audit.update(1, user::SignUpDraft::new().name("john")));
}

fn main() {}
