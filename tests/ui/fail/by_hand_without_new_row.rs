//! An entity audited by hand says itself what a new row of it is.

mod entities;

use audit_runtime::{
    Writer,
    audited::{Audited, Field},
};
use entities::cache;

impl Audited for cache::Entity {
    fn field(column: cache::Column) -> Field {
        match column {
            cache::Column::Id => Field::key("id"),
            cache::Column::Value => Field::record("value"),
        }
    }
}

pub fn write(audit: &impl Writer, row: cache::ActiveModel) {
    drop(audit.insert(row));
}

fn main() {}
