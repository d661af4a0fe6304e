//! A patch and the row it was made for are of one entity.

mod entities;

use audit_runtime::Writer;
use entities::{order, user};

pub fn write(order: &order::Model, audit: &impl Writer) {
    drop(audit.update_if_unchanged(order, user::AdminPatch::new().role("admin")));
}

fn main() {}
