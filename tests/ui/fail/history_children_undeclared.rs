//! Children say whose they are.

mod entities;

use audit_runtime::prelude::*;
use entities::{order, user};

pub fn history() -> History {
    History::of::<user::Entity>(1).with_children::<order::Entity>()
}

fn main() {}
