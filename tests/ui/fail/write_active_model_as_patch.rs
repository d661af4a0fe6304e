//! An `ActiveModel` could set every field: it is no patch.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(audit: &impl Writer) {
    drop(audit.update(
        1,
        user::ActiveModel {
            role: Set("admin".to_owned()),
            ..Default::default()
        },
    ));
}

fn main() {}
