//! A key alone does not say of which entity.

mod entities;

use audit_runtime::prelude::*;

pub fn write(audit: &impl Writer) {
    drop(audit.delete(1));
}

fn main() {}
