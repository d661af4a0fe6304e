//! Only an audited entity's columns are in the log.

mod entities;

use audit_runtime::prelude::*;
use entities::cache;

pub fn history() -> History {
    History::all().changed(cache::Column::Value)
}

fn main() {}
