//! The data of a page other than its entries: the reader, the possible queries, and the remaining budget.

use chrono::{DateTime, FixedOffset, Utc};

use super::{
    super::{TrailQuery, trail::Searched},
    Viewer,
    ink::Ink,
    time::Zone,
};
use crate::{Actor, Budget};

pub(super) struct Desk<'a> {
    pub(super) reader: Option<Actor>,
    /// The address of the whole log; empty on its own page, or if the reader may not read it.
    pub(super) log: &'a str,
    /// The entities by whose fields the whole log can be searched.
    pub(super) entities: &'a [Searched],
    pub(super) asking: Asking<'a>,
    /// The known actions, except those of the page.
    pub(super) actions: Vec<String>,
    /// Whether the query is limited to the default span of time.
    pub(super) is_bounded: bool,
    /// The addresses of related pages, with their names.
    pub(super) beside: Vec<(String, String)>,
    /// Whether the page has files.
    pub(super) has_files: bool,
    /// The remaining budget of the request.
    pub(super) budget: Budget,
}

/// The subject of a page's form.
#[derive(Clone, Copy)]
pub(super) enum Asking<'a> {
    /// Entries of one entity, with these fields.
    Entity(&'a [&'a str]),
    #[cfg_attr(
        not(feature = "axum"),
        allow(dead_code, reason = "only a route knows the entities")
    )]
    /// Entries of the whole log, with the fields of these entities.
    Log(&'a [Searched]),
    #[cfg(feature = "axum")]
    /// The page has no form.
    Nothing,
}

impl Asking<'_> {
    pub(super) fn has_form(self) -> bool {
        matches!(self, Self::Entity(_) | Self::Log(_))
    }
}

/// The shared data of the entries of a page.
pub(super) struct Sheet<'a> {
    pub(super) viewer: &'a Viewer,
    pub(super) desk: &'a Desk<'a>,
    pub(super) ink: Ink,
    pub(super) now: DateTime<Utc>,
    /// The requested offset, which links keep.
    pub(super) tz: Option<FixedOffset>,
}

impl Sheet<'_> {
    /// The address of all entries that a query finds.
    pub(super) fn pivot(&self, query: &TrailQuery) -> String {
        format!("{}?{}", self.desk.log, self.here(query))
    }

    /// A query of the same page, in its zone.
    pub(super) fn here(&self, query: &TrailQuery) -> TrailQuery {
        TrailQuery {
            tz: self.tz,
            ..query.clone()
        }
    }

    pub(super) fn zone(&self) -> Zone {
        Zone::of(&self.here(&TrailQuery::default()))
    }

    pub(super) fn searched(&self, entity_type: &str) -> Option<&Searched> {
        let mut entities = self.desk.entities.iter();
        entities.find(|entity| entity.entity_type() == entity_type)
    }
}
