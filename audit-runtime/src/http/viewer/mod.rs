//! Pages that show the trail to people.

mod brief;
mod chips;
mod desk;
mod diff;
mod document;
mod entry;
mod facts;
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
mod sentence;
#[cfg(feature = "axum")]
mod states;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod timeline;
mod value;

use std::{fmt, sync::Arc};

use ::http::{Response, request::Parts};
use serde_json::Value as Json;

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
    states: Arc<States>,
    mounted: Mounted,
    log: String,
    questions: Vec<(String, TrailQuery)>,
    names: Names,
    #[cfg_attr(
        not(feature = "axum"),
        allow(dead_code, reason = "only a route has forms that write")
    )]
    csrf: Option<(String, Arc<Token>)>,
    budget: Budget,
}

type Records = dyn Fn(&str, &str) -> Option<String> + Send + Sync;
type Token = dyn Fn(&Parts) -> Option<String> + Send + Sync;
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
            csrf: None,
            budget: Budget::new(),
        }
    }

    /// Sets the maximum size of a page in bytes and the maximum time to render it. The default is [`Budget::new`].
    ///
    /// When the bytes are used up, the remaining entries are shown without values, each with a link to a page of its
    /// own. The work of comparing long texts is limited per page, too: after that, a comparison shows the whole passage
    /// between the first and the last difference as replaced. The [`Trail`](super::Trail) determines the number of
    /// entries. Routes share the budget of their trail: reading and rendering together take no longer than either allows.
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

    /// Sets the function that returns the address of a record as it was right after an entry, by its entity type and id
    /// and the entry's id: that of `state_pages`. Entries link to it, if it is mounted with this viewer.
    pub fn states(
        mut self,
        address: impl Fn(&str, &str, i64) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.states = Arc::new(address);
        self
    }

    /// Sets the name of a hidden field in forms that write, and the function that returns its value for a request, such as
    /// the token of a session. A form without that value is refused, and so is every form of a request without one.
    pub fn csrf(
        mut self,
        field: impl Into<String>,
        token: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.csrf = Some((field.into(), Arc::new(token)));
        self
    }

    /// Sets the address of the whole log. The actor, address, session, request and changeset of an entry then lead to all
    /// their entries, instead of those on the same page, if the reader may read the whole log.
    pub fn log(mut self, address: impl Into<String>) -> Self {
        self.log = address.into();
        self
    }

    /// Adds a question that the page of the whole log offers as a link.
    ///
    /// ```
    /// use audit_runtime::http::Viewer;
    ///
    /// # fn f() -> Result<Viewer, audit_runtime::http::Problem> {
    /// let question = "entity_type=User&changed=role&to=admin".parse()?;
    /// # Ok(
    /// Viewer::new("Acme").log("/audit").question("Who became admin?", question)
    /// # )}
    /// # assert!(f().is_ok());
    /// ```
    ///
    /// A question that no index serves, and that says no `since`, covers the last 30 days.
    pub fn question(mut self, text: impl Into<String>, question: TrailQuery) -> Self {
        self.questions.push((text.into(), question));
        self
    }

    /// Sets the function that returns the name of a field by its entity type and stored name.
    pub fn field_name(
        mut self,
        name: impl Fn(&str, &str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.names.of_field = Arc::new(name);
        self
    }

    /// Sets the function that returns the name of a value by its entity type, its field and the stored value. The
    /// detail of an entry shows the stored value.
    pub fn value_name(
        mut self,
        name: impl Fn(&str, &str, &Json) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.names.of_value = Arc::new(name);
        self
    }

    /// Sets the function that returns the name of an event by its action.
    pub fn event_name(
        mut self,
        name: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.names.of_event = Arc::new(name);
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
            is_bounded: false,
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
