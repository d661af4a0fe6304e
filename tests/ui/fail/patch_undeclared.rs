//! No field says plain `update`, so there is no `Patch`.

mod entities;

use entities::user;

pub fn write() {
    let _ = user::Patch::new();
}

fn main() {}
