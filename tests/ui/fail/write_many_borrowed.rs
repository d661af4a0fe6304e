//! Rows are given by value.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(audit: &impl Writer, users: Vec<user::ActiveModel>) {
    drop(audit.insert_many(&users));
}

fn main() {}
