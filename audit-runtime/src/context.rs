//! The context of a write: actor, source, reason, tenant and metadata.

mod actor;
mod given;
mod original;

use std::{net::IpAddr, sync::Arc};

pub use actor::Actor;
pub use given::{OptionalIp, OptionalText};
pub use original::OriginalContext;
use serde_json::{Map, Value as Json};

use crate::Error;

/// The origin of a request. Every field is optional, and none proves an identity.
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
/// A setter takes the value, or an `Option` of it. `None` means no value.
///
/// ```
/// use audit_runtime::{Actor, AuditContext};
///
/// let context = AuditContext::new(Actor::new("User", 7).named("jane.doe").role("Admin"))
///     .ip([203, 0, 113, 9])
///     .reason("ticket 4711");
/// assert_eq!(context.actor().role_name(), Some("Admin"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a context does nothing until it is given to a connection: `db.audited(&context)`"]
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
    pub fn on_behalf_of(self, actor: Actor) -> Self {
        self.with_parts(|parts| parts.on_behalf_of = Some(actor))
    }

    /// Replaces the whole source.
    pub fn with_source(self, source: Source) -> Self {
        self.with_parts(|parts| parts.source = source)
    }

    /// Sets the client's address. An IPv4-mapped IPv6 address is stored as IPv4. For an address that is text, use
    /// [`parse_ip`](Self::parse_ip).
    pub fn ip(self, ip: impl OptionalIp) -> Self {
        self.with_parts(|parts| parts.source.ip = ip.into_ip())
    }

    /// Sets the client's address from text, such as a header that a trusted proxy wrote. A port is ignored.
    ///
    /// ```
    /// use audit_runtime::{Actor, AuditContext};
    ///
    /// let context = AuditContext::new(Actor::new("User", 7));
    /// let from_there = context.clone().parse_ip("[2001:db8::1]:443")?;
    /// assert_eq!(from_there.source().ip, Some("2001:db8::1".parse()?));
    ///
    /// let error = context.parse_ip("unknown").unwrap_err();
    /// assert_eq!(error.to_string(), r#""unknown" is not an IP address"#);
    /// # Ok::<_, Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::InvalidIp`] with the text, if it is not an address.
    pub fn parse_ip(self, text: &str) -> Result<Self, Error> {
        given::parse_ip(text).map(|ip| self.ip(ip))
    }

    /// Sets the client's `User-Agent`.
    pub fn user_agent(self, user_agent: impl OptionalText) -> Self {
        self.with_parts(|parts| parts.source.user_agent = user_agent.into_text())
    }

    /// Sets the identifier of the session. Never store the session's secret token.
    pub fn session_id(self, session_id: impl OptionalText) -> Self {
        self.with_parts(|parts| parts.source.session_id = session_id.into_text())
    }

    /// Sets the request's id.
    pub fn request_id(self, request_id: impl OptionalText) -> Self {
        self.with_parts(|parts| parts.source.request_id = request_id.into_text())
    }

    /// Sets the id of the request's distributed trace.
    pub fn trace_id(self, trace_id: impl OptionalText) -> Self {
        self.with_parts(|parts| parts.source.trace_id = trace_id.into_text())
    }

    /// Sets the reason, such as a ticket, a consent or a legal basis. Entities with `#[audited(reason)]` require one.
    pub fn reason(self, reason: impl OptionalText) -> Self {
        self.with_parts(|parts| parts.reason = reason.into_text())
    }

    /// Sets the tenant: the customer whose data is written.
    pub fn tenant(self, tenant: impl OptionalText) -> Self {
        self.with_parts(|parts| parts.tenant = tenant.into_text())
    }

    /// Sets the service: the application that writes.
    pub fn service(self, service: impl OptionalText) -> Self {
        self.with_parts(|parts| parts.service = service.into_text())
    }

    /// Adds an application-defined value to the metadata of every entry.
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
