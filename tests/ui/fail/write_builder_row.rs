//! A builder saves related rows too, past the audit.

mod entities;

use audit_runtime::Writer;
use entities::user;

pub fn write(audit: &impl Writer) {
    drop(audit.insert(user::ActiveModel::builder().set_name("john")));
}

fn main() {}
