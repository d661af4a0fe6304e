//! The access policy: the application decides who may read which part of the trail.

use std::collections::BTreeSet;

use ::http::request::Parts;

use crate::{
    AuditContext, Entry, Error, Source,
    audited::{Audited, ColumnOf, entity_type::entity_types},
    history::mask::{withhold_asked, withhold_label, withhold_searched},
};

/// Decides who may read which part of the trail. There is no default policy.
///
/// A function is a policy. Implement the trait for a policy that queries a database.
///
/// ```
#[doc = include_str!("../guide/example.txt")]
/// use audit_runtime::http::{Access, AuditLayer, Reading, Trail, TrailQuery};
///
/// fn policy(reading: &Reading<'_>) -> Access {
///     let reader = reading.reader().actor();
///     let own = reading.entity_type() == Some("User") && reading.entity_id() == Some(reader.id());
///     match reader.role_name() {
///         Some("Admin") => Access::full(),
///         _ if own => Access::full().without_source(),
///         _ => Access::denied(),
///     }
/// }
///
/// let trail = Trail::new(db.clone(), policy);
/// let layer = AuditLayer::new().actor(|_| Some(Actor::new("User", 1))).without_ip();
/// let mut request = http::Request::new(()).into_parts().0;
/// layer.attach(&mut request);
///
/// let query = TrailQuery::default();
/// let own = trail.history_of::<user::Entity>(&request, "1", &query).await;
/// assert_eq!(own.map(|page| page.entries.len()).ok(), Some(1));
/// let whole = trail.log(&request, &query).await;
/// assert_eq!(whole.map_err(|problem| problem.status().as_u16()).err(), Some(404));
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not decide who may read the trail",
    label = "not an access policy",
    note = "pass a function `fn(&Reading<'_>) -> Access`, or implement `AccessPolicy`"
)]
pub trait AccessPolicy: Send + Sync + 'static {
    /// Returns what the reader may see.
    ///
    /// # Errors
    ///
    /// Any error that prevents a decision. The reader then gets no entries.
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

/// One read of the trail, before it happens.
#[derive(Clone, Copy, Debug)]
pub struct Reading<'a> {
    pub(super) request: &'a Parts,
    pub(super) reader: &'a AuditContext,
    pub(super) entity_type: Option<&'a str>,
    pub(super) entity_id: Option<&'a str>,
}

impl<'a> Reading<'a> {
    /// The request, with the extensions that authentication has set.
    pub fn request(&self) -> &'a Parts {
        self.request
    }

    /// The context of the reader.
    pub fn reader(&self) -> &'a AuditContext {
        self.reader
    }

    /// The entity type that is read, as stored in entries; `None` for the whole log.
    pub fn entity_type(&self) -> Option<&'a str> {
        self.entity_type
    }

    /// The id of the row that is read, as stored in entries; `None` for the whole log or all rows of a type.
    pub fn entity_id(&self) -> Option<&'a str> {
        self.entity_id
    }
}

/// The part of the trail that a reader may see.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub struct Access {
    pub(super) allowed: bool,
    pub(super) tenant: Option<String>,
    pub(super) source_hidden: bool,
    metadata_hidden: bool,
    pub(super) reverts: bool,
    /// The redacted fields by entity type; `None` is the label.
    redacted: BTreeSet<(String, Option<&'static str>)>,
}

impl Access {
    /// No access. The answer is the same as for a record without a history.
    pub fn denied() -> Self {
        Self {
            allowed: false,
            ..Self::full()
        }
    }

    /// Full access.
    pub fn full() -> Self {
        Self {
            allowed: true,
            tenant: None,
            source_hidden: false,
            metadata_hidden: false,
            reverts: false,
            redacted: BTreeSet::new(),
        }
    }

    /// Restricts access to the entries of this tenant.
    pub fn of_tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = Some(tenant.into());
        self
    }

    /// Hides the values of these columns, also in the row's label. The reader still sees that they changed.
    ///
    /// A search for their values is refused.
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

    /// Hides the source: address, user agent, session, request and trace.
    pub fn without_source(mut self) -> Self {
        self.source_hidden = true;
        self
    }

    /// Hides the application's metadata.
    pub fn without_metadata(mut self) -> Self {
        self.metadata_hidden = true;
        self
    }

    /// Lets the reader revert changes on the pages of `revert_pages`. By default no reader may.
    pub fn reverting(mut self) -> Self {
        self.reverts = true;
        self
    }

    /// The access that both allow. Entries of two tenants are never shown together.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.allowed &= other.allowed && self.tenant == other.tenant;
        self.source_hidden |= other.source_hidden;
        self.metadata_hidden |= other.metadata_hidden;
        self.reverts &= other.reverts;
        self.redacted.extend(other.redacted);
        self
    }

    pub(super) fn redacts(&self, entity_type: &str, field: Option<&str>) -> bool {
        let mut redacted = self.redacted.iter();
        redacted.any(|(of, redacted)| of == entity_type && *redacted == field)
    }

    /// Whether the labels of this type are hidden; without a type, those of any type.
    pub(super) fn redacts_labels(&self, entity_type: Option<&str>) -> bool {
        let mut redacted = self.redacted.iter();
        redacted.any(|(of, field)| field.is_none() && entity_type.is_none_or(|name| of == name))
    }

    /// Removes from an entry what the reader may not see. In a recorded read it removes the searched values.
    ///
    /// `source` names the parameters that search by an entry's source.
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
        withhold_label(&mut entry, |entity_type| self.redacts_labels(entity_type));
        entry
    }
}
