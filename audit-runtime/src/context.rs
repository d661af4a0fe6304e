//! The context of a write: actor, source, reason, tenant and metadata.

mod original;

use std::{net::IpAddr, sync::Arc};

pub use original::OriginalContext;
use serde_json::{Map, Value as Json};

/// The identity that acts: a kind such as "Admin" or "User", an id, and an optional display name.
///
/// Every entry stores the name, so the trail stays readable after the account is deleted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Actor {
    pub(crate) kind: String,
    pub(crate) id: String,
    pub(crate) name: Option<String>,
}

impl Actor {
    /// An actor of this kind, with an id that is unique within the kind.
    ///
    /// An empty kind or id is refused at the first write with [`Error::InvalidActor`](crate::Error::InvalidActor).
    pub fn new(kind: impl Into<String>, id: impl Into<String>) -> Self {
        Self {
            kind: kind.into(),
            id: id.into(),
            name: None,
        }
    }

    /// A process of the application: a job, a migration or an import.
    pub fn system(process: impl Into<String>) -> Self {
        Self::new("System", process)
    }

    /// An unauthenticated caller. Never a default: the application must choose it explicitly.
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

    /// The display name.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Sets the display name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The actor in one column, such as `Admin:7`. A colon in the kind is escaped.
    pub(crate) fn short_form(&self) -> String {
        let kind = self.kind.replace('\\', "\\\\").replace(':', "\\:");
        format!("{kind}:{}", self.id)
    }

    /// Parses a short form. A backslash escapes a colon or backslash in the kind.
    pub(crate) fn from_short_form(text: &str) -> Option<Self> {
        let mut kind = String::new();
        let mut chars = text.chars();
        loop {
            match chars.next()? {
                ':' => break,
                '\\' => kind.push(chars.next()?),
                char => kind.push(char),
            }
        }
        let id = chars.as_str();
        (!kind.is_empty() && !id.is_empty()).then(|| Self::new(kind, id))
    }
}

/// The origin of a request. Every field is optional, and none is proof of an identity.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Source {
    /// The client's address.
    pub ip: Option<IpAddr>,
    /// The client's `User-Agent`.
    pub user_agent: Option<String>,
    /// An identifier of the session. Never store the session's secret token.
    pub session_id: Option<String>,
    /// The request's own id.
    pub request_id: Option<String>,
    /// The id of the request's distributed trace.
    pub trace_id: Option<String>,
}

/// The context that every write carries: an actor, and optionally source, reason, tenant and metadata.
///
/// Cheap to clone. It implements neither `Default` nor `Deserialize`, so a request body cannot supply an actor.
///
/// ```
/// use audit_runtime::{Actor, AuditContext};
///
/// let context = AuditContext::new(Actor::new("Admin", "7").named("jane.doe"))
///     .ip([203, 0, 113, 9])
///     .reason("ticket 4711");
/// assert_eq!(context.actor(), &Actor::new("Admin", "7").named("jane.doe"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditContext(Arc<Parts>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parts {
    pub(crate) actor: Actor,
    pub(crate) on_behalf_of: Option<Actor>,
    pub(crate) source: Source,
    pub(crate) reason: Option<String>,
    pub(crate) tenant: Option<String>,
    pub(crate) service: Option<String>,
    pub(crate) metadata: Map<String, Json>,
    /// Forces the locked plan, so that tests and benchmarks can compare the two plans.
    pub(crate) is_locked: bool,
}

impl AuditContext {
    /// A context with this actor and no other values.
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

    /// Sets the principal on whose behalf the actor acts.
    #[must_use]
    pub fn on_behalf_of(self, actor: Actor) -> Self {
        self.with_parts(|parts| parts.on_behalf_of = Some(actor))
    }

    /// Replaces the whole source.
    #[must_use]
    pub fn with_source(self, source: Source) -> Self {
        self.with_parts(|parts| parts.source = source)
    }

    /// Sets the client's address. An IPv4-mapped IPv6 address is stored as IPv4.
    #[must_use]
    pub fn ip(self, ip: impl Into<IpAddr>) -> Self {
        self.with_parts(|parts| parts.source.ip = Some(ip.into()))
    }

    /// Sets the client's `User-Agent`.
    #[must_use]
    pub fn user_agent(self, user_agent: impl Into<String>) -> Self {
        self.with_parts(|parts| parts.source.user_agent = Some(user_agent.into()))
    }

    /// Sets the identifier of the session. Never store the session's secret token.
    #[must_use]
    pub fn session_id(self, session_id: impl Into<String>) -> Self {
        self.with_parts(|parts| parts.source.session_id = Some(session_id.into()))
    }

    /// Sets the request's id.
    #[must_use]
    pub fn request_id(self, request_id: impl Into<String>) -> Self {
        self.with_parts(|parts| parts.source.request_id = Some(request_id.into()))
    }

    /// Sets the id of the request's distributed trace.
    #[must_use]
    pub fn trace_id(self, trace_id: impl Into<String>) -> Self {
        self.with_parts(|parts| parts.source.trace_id = Some(trace_id.into()))
    }

    /// Sets the reason, such as a ticket, a consent or a legal basis. Entities with `#[audited(reason)]` require one.
    #[must_use]
    pub fn reason(self, reason: impl Into<String>) -> Self {
        self.with_parts(|parts| parts.reason = Some(reason.into()))
    }

    /// Sets the tenant: the customer whose data is written.
    #[must_use]
    pub fn tenant(self, tenant: impl Into<String>) -> Self {
        self.with_parts(|parts| parts.tenant = Some(tenant.into()))
    }

    /// Sets the service: the application that writes.
    #[must_use]
    pub fn service(self, service: impl Into<String>) -> Self {
        self.with_parts(|parts| parts.service = Some(service.into()))
    }

    /// Adds an application-defined value to the metadata of every entry.
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
