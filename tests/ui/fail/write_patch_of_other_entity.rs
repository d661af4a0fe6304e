//! A patch is applied to rows of its own entity.

mod entities;

use audit_runtime::prelude::*;
use entities::{order, user};

pub fn write(user: &user::Model, audit: &impl Writer) {
    drop(user.apply(order::Patch::new().item("book"), audit));
}

fn main() {}
