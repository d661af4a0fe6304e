//! A setter takes the type of its field.

mod entities;

use entities::user;

pub fn write() {
    let _ = user::ProfilePatch::new().age("seven");
}

fn main() {}
