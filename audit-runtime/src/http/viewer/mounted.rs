//! The mounted pages, so that no page links to a missing one.

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
    Children,
    Dashboard,
    States,
    Reverts,
}

/// The mounted pages, shared by all clones of a viewer.
#[derive(Clone, Default)]
pub(super) struct Mounted(Arc<Mutex<BTreeSet<(Mount, String, String)>>>);

impl Mounted {
    #[cfg(feature = "axum")]
    pub(super) fn add(&self, mount: Mount, entity_types: Vec<String>) {
        let mut mounted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mounted.extend(
            entity_types
                .into_iter()
                .map(|of| (mount, of, String::new())),
        );
    }

    pub(super) fn has(&self, mount: Mount, entity_type: &str) -> bool {
        let mounted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mounted.contains(&(mount, entity_type.to_owned(), String::new()))
    }

    /// Children of this entity type, by the last part of their page's path.
    #[cfg(feature = "axum")]
    pub(super) fn add_children(&self, entity_type: String, child: String) {
        let mut mounted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        mounted.insert((Mount::Children, entity_type, child));
    }

    #[cfg(feature = "axum")]
    pub(super) fn children(&self, entity_type: &str) -> Vec<String> {
        let mounted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_child = |(mount, of, _): &&(Mount, String, String)| {
            *mount == Mount::Children && of == entity_type
        };
        let children = mounted.iter().filter(is_child);
        children.map(|(_, _, child)| child.clone()).collect()
    }
}
