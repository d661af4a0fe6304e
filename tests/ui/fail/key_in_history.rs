//! The history of a row is found by a key.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write() {
    let _ = History::of::<user::Entity>("1");
}

fn main() {}
