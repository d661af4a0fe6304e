//! A tuple struct is no model.

use audit_runtime::Audited;

#[derive(Audited)]
pub struct Model(i32);

fn main() {}
