//! The registry of audited entities that fills itself when the program is linked, as SeaORM's own.

use std::sync::Once;

use super::entities::Entities;
use crate::audited::{Audited, known::know};

/// An entry of the registry.
#[derive(Debug)]
pub struct Registration {
    module_path: &'static str,
    add: fn(Entities) -> Entities,
    know: fn(),
}

impl Registration {
    /// Of this entity, in this module.
    pub const fn of<E: Audited>(module_path: &'static str) -> Self {
        Self {
            module_path,
            add: Entities::with::<E>,
            know: know::<E>,
        }
    }
}

inventory::collect!(Registration);

impl Entities {
    /// All entities with a `#[derive(Audited)]` in this program, by the path of their modules.
    ///
    /// One whose impl is written by hand takes part by [`register_entity!`](crate::register_entity).
    #[must_use]
    pub fn registered() -> Self {
        registered("")
    }

    /// Those of a crate or module: `registered_in("shop::*")`, `registered_in(module_path!())`.
    #[must_use]
    pub fn registered_in(path: &str) -> Self {
        registered(path)
    }
}

/// Those of a crate or module, or all.
fn registered(path: &str) -> Entities {
    let path = path.trim_end_matches('*').trim_end_matches("::");
    let path = path.replace('-', "_");
    let is_within = |registration: &&Registration| {
        let rest = registration.module_path.strip_prefix(&*path);
        path.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    let mut found: Vec<_> = inventory::iter::<Registration>
        .into_iter()
        .filter(is_within)
        .collect();
    found.sort_by_key(|registration| registration.module_path);
    found
        .into_iter()
        .fold(Entities::new(), |entities, registration| {
            (registration.add)(entities)
        })
}

/// Sees to it that the tables of all of them are known to be audited.
pub(crate) fn know_registered() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for registration in inventory::iter::<Registration> {
            (registration.know)();
        }
    });
}
