//! Pages that show the trail to people.

mod diff;
mod document;
mod entry;
mod facts;
mod form;
mod ink;
#[cfg(feature = "axum")]
mod pages;
#[cfg(test)]
mod tests;
mod text;
mod timeline;
mod value;

use std::{fmt, sync::Arc};

use ::http::Response;

#[cfg(feature = "axum")]
pub use pages::{history_pages, log_pages, type_history_pages};

use self::{form::Asked, timeline::Timeline};
use super::{Problem, TrailQuery};
use crate::{Budget, Page};

/// Pages that show the trail to people: one document each, without scripts, and with nothing loaded from anywhere.
///
/// It says what they have in common: the name of the site, and where else one can go.
///
/// ```
/// use audit_runtime::{Page, http::{TrailQuery, Viewer}};
///
/// let viewer = Viewer::new("Acme")
///     .link("Users", "/users")
///     .records(|entity_type, entity_id| match entity_type {
///         "User" => Some(format!("/users/{entity_id}/audit")),
///         _ => None,
///     });
///
/// let nothing = Page::new(Vec::new(), None);
/// let response = viewer.show("User 1", &nothing, &TrailQuery::default(), &["role"]);
/// assert_eq!(response.headers()["content-type"], "text/html; charset=utf-8");
/// assert!(response.body().contains("Nothing is recorded."));
/// ```
///
/// All that was stored is escaped, and characters that do not show, or that rearrange others, are spelled out.
/// With every page go a strict `Content-Security-Policy`, `Cache-Control: no-store` and `Referrer-Policy: no-referrer`.
/// Times are in UTC. Colours follow the reader's preference.
///
/// With the feature `axum`, [`history_pages`] and its siblings are routes; elsewhere a handler asks a
/// [`Trail`](super::Trail) for a page, and has it [`show`](Self::show)n.
#[derive(Clone)]
pub struct Viewer {
    site: String,
    links: Vec<(String, String)>,
    records: Arc<Records>,
    budget: Budget,
}

type Records = dyn Fn(&str, &str) -> Option<String> + Send + Sync;

impl Viewer {
    /// Pages of the site of this name.
    pub fn new(site: impl Into<String>) -> Self {
        Self {
            site: site.into(),
            links: Vec::new(),
            records: Arc::new(|_, _| None),
            budget: Budget::new(),
        }
    }

    /// The size of a page in bytes, and the time it takes to render; by default those of [`Budget::new`].
    ///
    /// When the bytes are used up, the remaining entries are shown without their values; each links to a page of its own.
    /// The work of comparing long texts is limited per page as well: after that, a comparison shows the whole passage
    /// between the first difference and the last as replaced. The number of entries is that of the
    /// [`Trail`](super::Trail)'s page.
    #[must_use]
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// Adds a link to the head of every page, such as the one back to the application.
    #[must_use]
    pub fn link(mut self, text: impl Into<String>, address: impl Into<String>) -> Self {
        self.links.push((text.into(), address.into()));
        self
    }

    /// Where the record of a type and an id is shown, as entries have them: entries link to it.
    #[must_use]
    pub fn records(
        mut self,
        address: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.records = Arc::new(address);
        self
    }

    /// A page of the trail as a document, with the form to narrow it.
    ///
    /// The title says whose trail it is, as in `User john.smith`. The query is that of the request's address, which has
    /// led to the page, and `fields` are the names of those that can be asked for in it; without any, the form does not ask.
    ///
    /// Comparing long texts takes time: an asynchronous handler calls this in `tokio::task::spawn_blocking`.
    pub fn show(
        &self,
        title: &str,
        page: &Page,
        query: &TrailQuery,
        fields: &[&str],
    ) -> Response<String> {
        let asked = Asked::of(&query.to_string());
        timeline::page(
            self,
            &Timeline {
                title,
                page,
                query,
                asked: &asked,
                fields,
            },
        )
    }

    /// An error as a document. The query is that of the request's address, as it was typed.
    pub fn show_problem(
        &self,
        problem: &Problem,
        query: &str,
        fields: &[&str],
    ) -> Response<String> {
        timeline::problem(self, problem, &Asked::of(query), fields)
    }
}

impl fmt::Debug for Viewer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut viewer = formatter.debug_struct("Viewer");
        viewer.field("site", &self.site).field("links", &self.links);
        viewer.finish_non_exhaustive()
    }
}

/// How much of a value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// Enough to know what happened.
    Short,
    /// All of it, up to a hundred thousand characters.
    Whole,
}
