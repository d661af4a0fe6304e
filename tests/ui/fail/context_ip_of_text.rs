//! An address may be wrong: text is parsed.

mod entities;

use audit_runtime::prelude::*;

pub fn write(context: AuditContext) {
    let _ = context.ip("10.0.0.1");
}

fn main() {}
