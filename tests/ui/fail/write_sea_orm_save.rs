//! SeaORM's own `save` leaves no entry, so an `Audit` is no connection.

mod entities;

use audit_runtime::prelude::*;
use entities::user;
use sea_orm::{ActiveModelTrait, DatabaseConnection};

pub fn write(audit: &Audit<'_, DatabaseConnection>, user: user::ActiveModel) {
    drop(user.save(audit));
}

fn main() {}
