//! Both `ModelTrait` and `AuditedModel` have `delete`: the compiler asks which is meant.

mod entities;

use audit_runtime::prelude::*;
use entities::user;
use sea_orm::{DatabaseConnection, ModelTrait};

pub fn write(audit: &Audit<'_, DatabaseConnection>, user: user::Model) {
    drop(user.delete(audit));
}

fn main() {}
