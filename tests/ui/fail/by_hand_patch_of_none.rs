//! A patch made by hand says which entity it is one of.

mod entities;

use audit_runtime::{
    Writer,
    audited::{Allowlist, Patch, Values},
};
use entities::order;

#[derive(Clone, Debug, Default)]
pub struct Items;

impl Allowlist for Items {
    type Owner = order::Entity;

    fn values(&self) -> Values<order::Entity> {
        Vec::new()
    }
}

impl Patch for Items {
    type Entity = order::Entity;
}

pub fn write(audit: &impl Writer, order: &order::Model) {
    drop(audit.update_if_unchanged(order, Items));
}

fn main() {}
