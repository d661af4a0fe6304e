//! A patch is read from JSON if all its fields are.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn read(body: &str) -> serde_json::Result<user::BillingPatch> {
    serde_json::from_str(body)
}

fn main() {}
