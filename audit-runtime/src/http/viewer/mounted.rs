//! The pages that are mounted, so that no page leads to one that is not there.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError},
};

/// A page that may be mounted for an entity type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[cfg_attr(
    not(feature = "axum"),
    allow(dead_code, reason = "only a route is mounted")
)]
pub(super) enum Mount {
    States,
    Reverts,
}

/// Shared by all clones of a viewer.
#[derive(Clone, Default)]
pub(super) struct Mounted(Arc<Mutex<BTreeSet<(Mount, String)>>>);

impl Mounted {
    #[cfg(feature = "axum")]
    pub(super) fn add(&self, mount: Mount, entity_types: Vec<String>) {
        let mut mounted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mounted.extend(entity_types.into_iter().map(|of| (mount, of)));
    }

    pub(super) fn has(&self, mount: Mount, entity_type: &str) -> bool {
        let mounted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mounted.contains(&(mount, entity_type.to_owned()))
    }
}
