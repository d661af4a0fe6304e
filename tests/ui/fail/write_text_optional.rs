//! A nullable text takes an owned one.

mod entities;

use entities::user;

pub fn write(phone: Option<&str>) {
    let _ = user::ProfilePatch::new().phone(phone);
}

fn main() {}
