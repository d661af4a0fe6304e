//! A unit has its context already.

use audit_runtime::prelude::*;

pub fn write(unit: &Unit, context: &AuditContext) {
    let _ = unit.audited(context);
}

fn main() {}
