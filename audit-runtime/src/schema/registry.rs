//! The registry of audited entities. Like SeaORM's, it is filled when the program is linked.

use std::{any::TypeId, collections::BTreeSet, sync::Once};

use sea_orm::EntityRegistry;

use super::entities::Entities;
use crate::audited::{Audited, known::know};

/// An entry of the registry.
#[derive(Debug)]
pub struct Registration {
    module_path: &'static str,
    id: fn() -> TypeId,
    add: fn(Entities) -> Entities,
    know: fn(),
}

impl Registration {
    /// Creates the entry of this entity, in this module.
    pub const fn of<E: Audited>(module_path: &'static str) -> Self {
        Self {
            module_path,
            id: TypeId::of::<E>,
            add: Entities::with::<E>,
            know: know::<E>,
        }
    }
}

inventory::collect!(Registration);

impl Entities {
    /// Returns all entities with a `#[derive(Audited)]` in this program, by the path of their modules.
    ///
    /// Add a handwritten impl with [`register_entity!`](crate::register_entity).
    pub fn registered() -> Self {
        registered("")
    }

    /// Returns those of a crate or module: `registered_in("shop::*")`, `registered_in(module_path!())`.
    pub fn registered_in(path: &str) -> Self {
        registered(path)
    }
}

/// The entities of a crate or module, or all.
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

/// Makes the tables of all registered entities known as audited.
pub(crate) fn know_registered() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        for registration in inventory::iter::<Registration> {
            (registration.know)();
        }
    });
}

/// The modules of this program's entities that are not in the list, without those of the libraries below.
pub(crate) fn unlisted(entities: &Entities) -> BTreeSet<String> {
    let paths = entities.iter().map(|table| table.entity());
    let mut listed: BTreeSet<_> = paths
        .filter_map(|path| Some(path.rsplit_once("::")?.0))
        .collect();
    // For a module in a function, the path of its type has the function's name, and `module_path!` does not.
    listed.extend(
        inventory::iter::<Registration>
            .into_iter()
            .filter(|registration| entities.iter().any(|table| table.id == (registration.id)()))
            .map(|registration| registration.module_path),
    );
    inventory::iter::<EntityRegistry>
        .into_iter()
        .map(|entity| entity.module_path)
        .filter(|path| !listed.contains(path) && !is_of_library(path))
        .map(str::to_owned)
        .collect()
}

fn is_of_library(module_path: &str) -> bool {
    let name = module_path.split("::").next();
    matches!(
        name,
        Some("audit_runtime" | "sea_orm" | "sea_orm_migration")
    )
}
