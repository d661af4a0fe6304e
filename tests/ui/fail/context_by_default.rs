//! Nobody acts by default.

use audit_runtime::prelude::*;

pub fn context() -> AuditContext {
    AuditContext::default()
}

fn main() {}
