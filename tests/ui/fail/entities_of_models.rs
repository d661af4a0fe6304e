//! The list names entities, not their models.

mod entities;

use entities::user;

pub fn write() {
    let _ = audit_runtime::entities![user::Model];
}

fn main() {}
