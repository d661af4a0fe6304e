//! What a page is made from besides its entries: who reads, what can be asked, and what the page may still cost.

use chrono::{DateTime, FixedOffset, Utc};

use super::{
    super::{TrailQuery, trail::Searched},
    Viewer,
    ink::Ink,
    time::Zone,
};
use crate::{Actor, Budget};

/// What is on the desk of a reader besides entries.
pub(super) struct Desk<'a> {
    pub(super) reader: Option<Actor>,
    /// The address of the whole log; empty if the reader is there, or may not go there.
    pub(super) log: &'a str,
    /// The entities by whose fields the whole log can be searched.
    pub(super) entities: &'a [Searched],
    pub(super) asking: Asking<'a>,
    /// The actions that occur, as far as they are known besides those of the page.
    pub(super) actions: Vec<String>,
    /// Whether the query is bounded by the default span of time.
    pub(super) is_bounded: bool,
    /// The addresses of pages beside this one, with their names.
    pub(super) beside: Vec<(String, String)>,
    /// Whether there are files beside the page.
    pub(super) has_files: bool,
    /// What is left of the request's budget.
    pub(super) budget: Budget,
}

/// What the form of a page asks for.
#[derive(Clone, Copy)]
pub(super) enum Asking<'a> {
    /// Entries of one entity, with these fields.
    Entity(&'a [&'a str]),
    #[cfg_attr(
        not(feature = "axum"),
        allow(dead_code, reason = "only a route knows the entities")
    )]
    /// Entries of the whole log, in which these entities have fields.
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

/// What the entries of a page share.
pub(super) struct Sheet<'a> {
    pub(super) viewer: &'a Viewer,
    pub(super) desk: &'a Desk<'a>,
    pub(super) ink: Ink,
    pub(super) now: DateTime<Utc>,
    /// The offset that the reader asked for, which links keep.
    pub(super) tz: Option<FixedOffset>,
}

impl Sheet<'_> {
    /// The address of all entries of a kind.
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
