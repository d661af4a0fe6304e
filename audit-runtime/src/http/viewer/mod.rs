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

/// Renders the trail as pages: single documents without scripts or external resources.
///
/// It holds what all pages share: the name of the site, and links.
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
/// All stored text is escaped, and characters that are invisible or reorder text are spelled out. Every page has a
/// strict `Content-Security-Policy`, `Cache-Control: no-store` and `Referrer-Policy: no-referrer`. Times are in UTC.
/// Colors follow the reader's preference.
///
/// With the feature `axum`, [`history_pages`] and the functions beside it are routes. Elsewhere a handler gets a page
/// from a [`Trail`](super::Trail) and passes it to [`show`](Self::show).
#[derive(Clone)]
#[must_use = "a viewer shows nothing until its routes are served"]
pub struct Viewer {
    site: String,
    links: Vec<(String, String)>,
    records: Arc<Records>,
    budget: Budget,
}

type Records = dyn Fn(&str, &str) -> Option<String> + Send + Sync;

impl Viewer {
    /// Creates pages for the site of this name.
    pub fn new(site: impl Into<String>) -> Self {
        Self {
            site: site.into(),
            links: Vec::new(),
            records: Arc::new(|_, _| None),
            budget: Budget::new(),
        }
    }

    /// Sets the maximum size of a page in bytes and the maximum time to render it. The default is [`Budget::new`].
    ///
    /// When the bytes are used up, the remaining entries are shown without values, each with a link to a page of its
    /// own. The work of comparing long texts is limited per page, too: after that, a comparison shows the whole passage
    /// between the first and the last difference as replaced. The [`Trail`](super::Trail) determines the number of
    /// entries.
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// Adds a link to the header of every page, such as one back to the application.
    pub fn link(mut self, text: impl Into<String>, address: impl Into<String>) -> Self {
        self.links.push((text.into(), address.into()));
        self
    }

    /// Sets the function that returns the address of a record by its entity type and id. Entries link to it.
    pub fn records(
        mut self,
        address: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.records = Arc::new(address);
        self
    }

    /// Renders a page of the trail as a document with a filter form.
    ///
    /// The title names the record, as in `User john.smith`. The query is the one of the request. `fields` are the names
    /// that the form offers as changed fields; if empty, the form has no such input.
    ///
    /// Comparing long texts takes time, so call this in `tokio::task::spawn_blocking` from an asynchronous handler.
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

    /// Renders an error as a document. The query is the one of the request, as typed.
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

/// The detail of values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// A short form, for timelines.
    Short,
    /// The whole value, up to 100,000 characters.
    Whole,
}
