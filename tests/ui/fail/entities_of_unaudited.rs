//! The list has audited entities alone.

mod entities;

use entities::cache;

pub fn write() {
    let _ = audit_runtime::entities![cache::Entity];
}

fn main() {}
