//! The settings of a viewer.

use std::sync::Arc;

use ::http::request::Parts;
use serde_json::Value as Json;

use super::{super::TrailQuery, Viewer};
use crate::{Budget, schema::doctor::Finding};

impl Viewer {
    /// Sets the maximum size of a page in bytes and the maximum time to render it. The default is [`Budget::new`].
    ///
    /// When the bytes or the time are used up, the remaining entries are shown as a line, each with a link to a page of
    /// its own. The work of comparing long texts is limited per page, too: after that, a comparison shows the whole passage
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

    /// Sets the address of the whole log. The actor, address, session, request and changeset of an entry then link to
    /// all their entries, instead of those on the same page, if the reader may read the whole log.
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
    /// A question that no index serves, and that has no `since`, covers the last 30 days.
    pub fn question(mut self, text: impl Into<String>, question: TrailQuery) -> Self {
        self.questions.push((text.into(), question));
        self
    }

    /// Adds fields that give privileges, each as its entity type and stored name. The dashboard lists their changes.
    ///
    /// ```
    /// use audit_runtime::http::Viewer;
    ///
    /// let viewer = Viewer::new("Acme").privileges([("User", "role"), ("ApiKey", "scopes")]);
    /// ```
    pub fn privileges(
        mut self,
        fields: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        let fields = fields.into_iter();
        self.privileges
            .extend(fields.map(|(entity_type, field)| (entity_type.into(), field.into())));
        self
    }

    /// Sets the function that returns the latest findings of the doctor, which the dashboard lists, such as those of a
    /// report that a job renews: [`Report::findings`](crate::schema::doctor::Report::findings).
    pub fn findings(mut self, latest: impl Fn() -> Vec<Finding> + Send + Sync + 'static) -> Self {
        self.findings = Arc::new(latest);
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
}
