//! A nullable text takes an owned one.

mod entities;

use entities::user;

pub fn write(phone: &Option<String>) {
    let _ = user::ProfilePatch::new().phone(phone);
}

fn main() {}
