//! A context says who acts.

use audit_runtime::prelude::*;

pub fn context() -> AuditContext {
    AuditContext::new()
}

fn main() {}
