//! A key alone does not say of which entity.

mod entities;

use audit_runtime::prelude::*;

pub fn write() {
    let _ = History::of(1);
}

fn main() {}
