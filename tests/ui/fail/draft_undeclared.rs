//! No field says plain `create`, so there is no `Draft`.

mod entities;

use entities::user;

pub fn write() {
    let _ = user::Draft::new();
}

fn main() {}
