//! Models of one entity are compared.

mod entities;

use audit_runtime::prelude::*;
use entities::{order, user};

pub fn compare(user: &user::Model, order: &order::Model) {
    let _ = user.changes_to(order);
}

fn main() {}
