//! A unit struct is no model.

use audit_runtime::Audited;

#[derive(Audited)]
pub struct Model;

fn main() {}
