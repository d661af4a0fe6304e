//! Who may read what of the trail: the application's decision, and always asked for.

use std::collections::BTreeSet;

use ::http::request::Parts;

use crate::{
    AuditContext, Error,
    audited::{Audited, ColumnOf},
    entity_id::entity_type,
};

/// Decides who may read what. There is no default: whoever mounts a trail brings one.
///
/// A function is a policy. One that asks a database is an implementation of its own.
///
/// ```
/// use audit_runtime::http::{Access, Reading};
///
/// fn policy(reading: &Reading<'_>) -> Access {
///     let own = reading.entity_type() == Some("User") && reading.entity_id() == Some(reading.reader().actor().id());
///     match reading.reader().actor().kind() {
///         "Admin" => Access::full(),
///         _ if own => Access::full().without_source(),
///         _ => Access::denied(),
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not decide who may read the trail",
    label = "not an access policy",
    note = "pass a function `fn(&Reading<'_>) -> Access`, or implement `AccessPolicy`"
)]
pub trait AccessPolicy: Send + Sync + 'static {
    /// What the reader may see.
    ///
    /// # Errors
    ///
    /// Whatever keeps it from deciding; then nothing is shown.
    fn access(&self, reading: &Reading<'_>) -> impl Future<Output = Result<Access, Error>> + Send;
}

impl<F> AccessPolicy for F
where
    F: Fn(&Reading<'_>) -> Access + Send + Sync + 'static,
{
    async fn access(&self, reading: &Reading<'_>) -> Result<Access, Error> {
        Ok(self(reading))
    }
}

/// What is about to be read, and by whom.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    pub(super) request: &'a Parts,
    pub(super) reader: &'a AuditContext,
    pub(super) record: Option<(&'a str, &'a str)>,
}

impl<'a> Reading<'a> {
    /// The request, with whatever authentication left in its extensions.
    pub fn request(&self) -> &'a Parts {
        self.request
    }

    /// Who reads, and from where.
    pub fn reader(&self) -> &'a AuditContext {
        self.reader
    }

    /// The record's type, as entries have it; `None` if it is the whole log that is read.
    pub fn entity_type(&self) -> Option<&'a str> {
        self.record.map(|(entity_type, _)| entity_type)
    }

    /// The record's id, as entries have it; `None` if it is the whole log that is read.
    pub fn entity_id(&self) -> Option<&'a str> {
        self.record.map(|(_, entity_id)| entity_id)
    }
}

/// What a reader may see.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Access {
    pub(super) allowed: bool,
    pub(super) tenant: Option<String>,
    redacted: BTreeSet<(String, &'static str)>,
    source_hidden: bool,
    metadata_hidden: bool,
}

impl Access {
    /// Nothing: the answer is that of a record which has no history.
    pub fn denied() -> Self {
        Self {
            allowed: false,
            ..Self::full()
        }
    }

    /// All that the log has.
    pub fn full() -> Self {
        Self {
            allowed: true,
            tenant: None,
            redacted: BTreeSet::new(),
            source_hidden: false,
            metadata_hidden: false,
        }
    }

    /// The entries of this tenant alone.
    pub fn of_tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// That these columns changed, but not their values.
    ///
    /// A filter by the value of one is refused.
    pub fn redacting<E: Audited>(mut self, columns: impl IntoIterator<Item = ColumnOf<E>>) -> Self {
        let entity_type = entity_type::<E>();
        let fields = columns.into_iter().map(|column| E::field(column).name);
        self.redacted
            .extend(fields.map(|field| (entity_type.clone().into_owned(), field)));
        self
    }

    /// Neither address, user agent, session, request nor trace.
    pub fn without_source(mut self) -> Self {
        self.source_hidden = true;
        self
    }

    /// Not what the application has put into entries besides.
    pub fn without_metadata(mut self) -> Self {
        self.metadata_hidden = true;
        self
    }
}
