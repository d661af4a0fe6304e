//! The access policy: the application decides who may read which part of the trail.

use std::collections::BTreeSet;

use ::http::request::Parts;

use crate::{
    AuditContext, Entry, Error, Source,
    audited::{Audited, ColumnOf, entity_type::entity_types},
    history::mask::{withhold_asked, withhold_searched},
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
    pub(super) entity_type: Option<&'a str>,
    pub(super) entity_id: Option<&'a str>,
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

    /// The type of what is read, as entries have it; `None` if that is the whole log.
    pub fn entity_type(&self) -> Option<&'a str> {
        self.entity_type
    }

    /// The id of the row that is read, as entries have it; `None` if that is the whole log, or all rows of a type.
    pub fn entity_id(&self) -> Option<&'a str> {
        self.entity_id
    }
}

/// What a reader may see.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Access {
    pub(super) allowed: bool,
    pub(super) tenant: Option<String>,
    pub(super) source_hidden: bool,
    metadata_hidden: bool,
    /// Entity type and field; without a field, the label.
    redacted: BTreeSet<(String, Option<&'static str>)>,
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
            source_hidden: false,
            metadata_hidden: false,
            redacted: BTreeSet::new(),
        }
    }

    /// The entries of this tenant alone.
    pub fn of_tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// That these columns changed, but not their values, nor those of a column in the row's label.
    ///
    /// A search for a value of theirs is refused.
    pub fn redacting<E: Audited>(mut self, columns: impl IntoIterator<Item = ColumnOf<E>>) -> Self {
        let mut redact = |field| {
            for entity_type in entity_types::<E>() {
                self.redacted.insert((entity_type, field));
            }
        };
        for column in columns {
            let field = E::field(column).name;
            redact(Some(field));
            for former in E::was(column) {
                redact(Some(former));
            }
            if E::label().is_some_and(|label| E::field(label).name == field) {
                redact(None);
            }
        }
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

    pub(super) fn redacts(&self, entity_type: &str, field: Option<&str>) -> bool {
        let mut redacted = self.redacted.iter();
        redacted.any(|(of, redacted)| of == entity_type && *redacted == field)
    }

    /// What of an entry may be seen. Of another's search: by what it was, where that may be seen.
    ///
    /// `source` are the parameters of a search by an entry's source.
    pub(super) fn show(&self, mut entry: Entry, source: &[&str]) -> Entry {
        if self.source_hidden {
            entry.source = Source::default();
            withhold_asked(&mut entry, source);
        }
        if self.metadata_hidden {
            entry.metadata = None;
        }
        if let Some(entity_type) = &entry.entity_type {
            entry
                .changes
                .redact(|field| self.redacts(entity_type, Some(field)));
            if self.redacts(entity_type, None) {
                entry.entity_label = None;
            }
        }
        withhold_searched(&mut entry, |entity_type, field| {
            self.redacts(entity_type, Some(field))
        });
        entry
    }
}
