//! What is taken back is limited by an allowlist.

mod entities;

use audit_runtime::Entry;
use entities::user;

pub fn inverse(entry: &Entry) {
    let _ = entry.inverse::<user::Model>();
}

fn main() {}
