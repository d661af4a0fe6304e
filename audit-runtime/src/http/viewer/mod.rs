//! Pages that show the trail to people.

mod brief;
mod chips;
#[cfg(feature = "axum")]
mod dashboard;
mod desk;
mod diff;
mod document;
mod entry;
mod facts;
#[cfg(feature = "axum")]
mod family;
#[cfg(feature = "axum")]
mod field;
mod form;
mod ink;
mod mounted;
mod names;
#[cfg(feature = "axum")]
mod pages;
#[cfg(feature = "axum")]
mod past;
#[cfg(feature = "axum")]
mod print;
#[cfg(feature = "axum")]
mod revert;
#[cfg(feature = "axum")]
mod route;
mod sentence;
mod settings;
#[cfg(feature = "axum")]
mod states;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod timeline;
mod value;

#[cfg(feature = "axum")]
use std::time::Instant;
use std::{fmt, sync::Arc};

use ::http::{Response, request::Parts};

#[cfg(feature = "axum")]
pub use dashboard::dashboard_pages;
#[cfg(feature = "axum")]
pub use family::children_pages;
#[cfg(feature = "axum")]
pub use pages::{history_pages, log_pages, type_history_pages};
#[cfg(feature = "axum")]
pub use {revert::revert_pages, states::state_pages};

use self::{
    desk::{Asking, Desk, Sheet},
    form::Asked,
    ink::Detail,
    mounted::Mounted,
    names::Names,
    timeline::Timeline,
};
#[cfg(feature = "axum")]
use super::Trail;
use super::{Problem, TrailQuery};
use crate::{Budget, Page, schema::doctor::Finding};

/// Renders the trail as pages: single documents without scripts or external resources.
///
/// It holds the shared data of all pages, such as the name of the site and links.
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
/// With the feature `axum`, [`history_pages`] and similar functions are routes. Otherwise a handler gets a page from a
/// [`Trail`](super::Trail) and passes it to [`show`](Self::show).
#[derive(Clone)]
#[must_use = "a viewer shows nothing until its routes are served"]
pub struct Viewer {
    site: String,
    links: Vec<(String, String)>,
    records: Arc<Records>,
    states: Arc<States>,
    mounted: Mounted,
    log: String,
    questions: Vec<(String, TrailQuery)>,
    names: Names,
    #[cfg_attr(
        not(feature = "axum"),
        allow(dead_code, reason = "only a route has a dashboard")
    )]
    privileges: Vec<(String, String)>,
    #[cfg_attr(
        not(feature = "axum"),
        allow(dead_code, reason = "only a route has a dashboard")
    )]
    findings: Arc<Findings>,
    #[cfg_attr(
        not(feature = "axum"),
        allow(dead_code, reason = "only a route has forms that write")
    )]
    csrf: Option<(String, Arc<Token>)>,
    budget: Budget,
}

type Records = dyn Fn(&str, &str) -> Option<String> + Send + Sync;
type Token = dyn Fn(&Parts) -> Option<String> + Send + Sync;
type Findings = dyn Fn() -> Vec<Finding> + Send + Sync;
type States = dyn Fn(&str, &str, i64) -> Option<String> + Send + Sync;

impl Viewer {
    /// Creates pages for the site of this name.
    pub fn new(site: impl Into<String>) -> Self {
        Self {
            site: site.into(),
            links: Vec::new(),
            records: Arc::new(|_, _| None),
            states: Arc::new(|_, _, _| None),
            mounted: Mounted::default(),
            log: String::new(),
            questions: Vec::new(),
            names: Names::none(),
            privileges: Vec::new(),
            findings: Arc::new(Vec::new),
            csrf: None,
            budget: Budget::new(),
        }
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
        self.page(&self.desk(fields), title, page, query)
    }

    /// Renders an error as a document. The query is the one of the request, as typed.
    pub fn show_problem(
        &self,
        problem: &Problem,
        query: &str,
        fields: &[&str],
    ) -> Response<String> {
        timeline::problem(self, &self.desk(fields), problem, &Asked::of(query))
    }

    /// The remaining budget of a request that began at `start`.
    #[cfg(feature = "axum")]
    fn left(&self, trail: &Trail, start: Instant) -> Budget {
        let budget = trail.request_budget().least(self.budget);
        budget.after(start.elapsed())
    }

    /// Renders an error of a page without a form.
    #[cfg(feature = "axum")]
    fn refuse(&self, problem: &Problem) -> Response<String> {
        let desk = Desk {
            asking: Asking::Nothing,
            ..self.desk(&[])
        };
        timeline::problem(self, &desk, problem, &Asked::default())
    }

    fn page(
        &self,
        desk: &Desk<'_>,
        title: &str,
        page: &Page,
        query: &TrailQuery,
    ) -> Response<String> {
        timeline::page(self, desk, &Timeline { title, page, query })
    }

    fn desk<'a>(&'a self, fields: &'a [&'a str]) -> Desk<'a> {
        Desk {
            reader: None,
            log: &self.log,
            entities: &[],
            asking: Asking::Entity(fields),
            actions: Vec::new(),
            is_bounded: false,
            beside: Vec::new(),
            has_files: false,
            budget: self.budget,
        }
    }
}

impl fmt::Debug for Viewer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut viewer = formatter.debug_struct("Viewer");
        viewer.field("site", &self.site).field("links", &self.links);
        viewer.finish_non_exhaustive()
    }
}
