//! A row of an entity without `Audited`.

mod entities;

use audit_runtime::prelude::*;
use entities::cache;

pub fn write(audit: &impl Writer) {
    drop(audit.insert(cache::ActiveModel {
        value: Set("a".to_owned()),
        ..Default::default()
    }));
}

fn main() {}
