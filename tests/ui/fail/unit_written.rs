//! A unit has its context already, and this is one error, whatever is then written.

mod entities;

use audit_runtime::prelude::*;
use entities::user;

pub fn write(unit: &Unit, context: &AuditContext) {
    drop(unit.audited(context).delete::<user::Entity>(1));
}

fn main() {}
