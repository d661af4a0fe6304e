//! An enum is no model.

use audit_runtime::Audited;

#[derive(Audited)]
pub enum Model {
    Id(i32),
}

fn main() {}
