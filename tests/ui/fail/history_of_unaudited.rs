//! An entity without `Audited` has no history.

mod entities;

use audit_runtime::prelude::*;
use entities::cache;

pub fn history() -> History {
    History::of::<cache::Entity>(1)
}

fn main() {}
