//! A row of an entity without `Audited`.

mod entities;

use audit_runtime::prelude::*;
use entities::cache;

pub fn write(audit: &impl Writer, row: cache::ActiveModel) {
    drop(audit.unrestricted().save(row));
}

fn main() {}
