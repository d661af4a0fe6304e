//! Who is writing, from where, and why.

mod original;

use std::{net::IpAddr, sync::Arc};

pub use original::OriginalContext;
use serde_json::{Map, Value as Json};

/// Who did it: a kind such as "Admin" or "User", an id, and a name a person can read.
///
/// The name is stored with every entry, so that the trail stays readable after the account is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) name: Option<String>,
}

impl Actor {
    /// An actor of a kind, with the id it has among its kind.
    ///
    /// An empty kind or id is refused at the first write with [`Error::InvalidActor`](crate::Error::InvalidActor).
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            id: id.into(),
            name: None,
        }
    }

    /// A process of the application itself: a job, a migration, an import.
    pub fn system(process: impl Into<String>) -> Self {
        Self::new("System", process)
    }

    /// A caller known to be nobody in particular. Never a default: it has to be written out.
    pub fn anonymous() -> Self {
        Self::new("Anonymous", "anonymous")
    }

    /// The kind.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name a person knows the actor by.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Adds the name a person knows the actor by.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }
}

/// Where a request came from. All of it is optional, none of it proves anything by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Source {
    /// The client's address, as far as it is known.
    pub ip: Option<IpAddr>,
    /// The client's `User-Agent`.
    pub user_agent: Option<String>,
    /// An identifier of the session, never the token that opens it.
    pub session_id: Option<String>,
    /// The request's own id.
    pub request_id: Option<String>,
    /// The distributed trace the request belongs to.
    pub trace_id: Option<String>,
}

/// What every write must carry: an actor, and as much of source and reason as is known.
///
/// Cheap to clone. It has no `Default` and no `Deserialize`: who acts is never taken from a request's body.
///
/// ```
/// use audit_runtime::{Actor, AuditContext};
///
/// let context = AuditContext::new(Actor::new("Admin", "7").named("jane.doe"))
///     .ip([203, 0, 113, 9])
///     .reason("ticket 4711");
/// assert_eq!(context.actor(), &Actor::new("Admin", "7").named("jane.doe"));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct AuditContext(Arc<Parts>);

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parts {
    pub(crate) actor: Actor,
    pub(crate) on_behalf_of: Option<Actor>,
    pub(crate) source: Source,
    pub(crate) reason: Option<String>,
    pub(crate) tenant: Option<String>,
    pub(crate) service: Option<String>,
    pub(crate) metadata: Map<String, Json>,
    /// Whether writes are to take the locked plan everywhere, to be compared with the other.
    pub(crate) is_locked: bool,
}

impl AuditContext {
    /// A context of this actor, with nothing else known.
    pub fn new(actor: Actor) -> Self {
        Self(Arc::new(Parts {
            actor,
            on_behalf_of: None,
            source: Source::default(),
            reason: None,
            tenant: None,
            service: None,
            metadata: Map::new(),
            is_locked: false,
        }))
    }

    /// The actor.
    pub fn actor(&self) -> &Actor {
        &self.0.actor
    }

    /// The source.
    pub fn source(&self) -> &Source {
        &self.0.source
    }

    /// For whom the actor acts, when it acts for another.
    #[must_use]
    pub fn on_behalf_of(self, actor: Actor) -> Self {
        self.with_parts(|parts| parts.on_behalf_of = Some(actor))
    }

    /// Replaces the whole source.
    #[must_use]
    pub fn from_source(self, source: Source) -> Self {
        self.with_parts(|parts| parts.source = source)
    }

    /// The client's address. An IPv4 address in IPv6 clothes is stored as IPv4.
    #[must_use]
    pub fn ip(self, ip: impl Into<IpAddr>) -> Self {
        self.with_parts(|parts| parts.source.ip = Some(ip.into()))
    }

    /// The client's `User-Agent`.
    #[must_use]
    pub fn user_agent(self, user_agent: impl Into<String>) -> Self {
        self.with_parts(|parts| parts.source.user_agent = Some(user_agent.into()))
    }

    /// An identifier of the session, never the token that opens it.
    #[must_use]
    pub fn session_id(self, session_id: impl Into<String>) -> Self {
        self.with_parts(|parts| parts.source.session_id = Some(session_id.into()))
    }

    /// The request's own id.
    #[must_use]
    pub fn request_id(self, request_id: impl Into<String>) -> Self {
        self.with_parts(|parts| parts.source.request_id = Some(request_id.into()))
    }

    /// The distributed trace the request belongs to.
    #[must_use]
    pub fn trace_id(self, trace_id: impl Into<String>) -> Self {
        self.with_parts(|parts| parts.source.trace_id = Some(trace_id.into()))
    }

    /// Why: a ticket, a consent, a legal ground. Entities with `#[audited(reason)]` demand one.
    #[must_use]
    pub fn reason(self, reason: impl Into<String>) -> Self {
        self.with_parts(|parts| parts.reason = Some(reason.into()))
    }

    /// Which customer's data is written.
    #[must_use]
    pub fn tenant(self, tenant: impl Into<String>) -> Self {
        self.with_parts(|parts| parts.tenant = Some(tenant.into()))
    }

    /// Which application writes.
    #[must_use]
    pub fn service(self, service: impl Into<String>) -> Self {
        self.with_parts(|parts| parts.service = Some(service.into()))
    }

    /// Adds a value of the application's own to the metadata of every entry.
    #[must_use]
    pub fn with(self, key: impl Into<String>, value: impl Into<Json>) -> Self {
        self.with_parts(|parts| {
            parts.metadata.insert(key.into(), value.into());
        })
    }

    pub(crate) fn locked(self) -> Self {
        self.with_parts(|parts| parts.is_locked = true)
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }

    fn with_parts(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Arc::make_mut(&mut self.0));
        self
    }
}
