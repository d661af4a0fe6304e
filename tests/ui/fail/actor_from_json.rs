//! Who acts is never taken from a request's body.

use audit_runtime::prelude::*;

pub fn actor(body: &str) -> serde_json::Result<Actor> {
    serde_json::from_str::<Actor>(body)
}

fn main() {}
