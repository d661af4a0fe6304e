//! Who acts is never taken from a request's body.

use audit_runtime::prelude::*;

pub fn context(body: &str) -> serde_json::Result<AuditContext> {
    serde_json::from_str::<AuditContext>(body)
}

fn main() {}
