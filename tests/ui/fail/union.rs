//! A union is no model.

use audit_runtime::Audited;

#[derive(Audited)]
pub union Model {
    id: i32,
}

fn main() {}
