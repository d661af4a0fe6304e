//! An entity without `Audited`.

mod entities;

use audit_runtime::prelude::*;
use entities::cache;

pub fn write(audit: &impl Writer) {
    drop(audit.delete::<cache::Entity>(1));
}

fn main() {}
