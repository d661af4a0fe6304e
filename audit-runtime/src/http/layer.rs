//! The tower layer that an application configures once.

use std::{fmt::Debug, net::IpAddr, sync::Arc};

use ::http::request::Parts;

use super::{
    client_ip::TrustedProxies,
    forwarded::ForwardedHeader,
    identity::{BoxError, FindActor, Identity},
    peer::Peer,
};
use crate::{Actor, AuditContext, Error};

/// A [tower layer](tower_layer::Layer) that supplies handlers with the actor and the source of a request.
///
/// ```
/// use audit_runtime::{Actor, http::AuditLayer};
///
/// // Inserted into the request by the application's own authentication.
/// #[derive(Clone)]
/// struct CurrentUser {
///     id: i32,
///     name: String,
///     session: i64,
/// }
///
/// # fn layer() -> Result<AuditLayer, audit_runtime::Error> {
/// let layer = AuditLayer::new()
///     .actor(|parts| {
///         let user = parts.extensions.get::<CurrentUser>()?;
///         Some(Actor::new("User", user.id).named(&user.name))
///     })
///     .session_id(|parts| {
///         let user = parts.extensions.get::<CurrentUser>()?;
///         Some(user.session.to_string())
///     })
///     .trusted_proxies(["10.0.0.0/8", "::1"])?;
/// # Ok(layer)
/// # }
/// # layer().unwrap();
/// ```
///
/// The functions run when a handler asks for its context, so the authentication middleware may be inside or outside of
/// this layer.
///
/// The server supplies the peer's address. In axum it is the connect info, `ConnectInfo<SocketAddr>`: serve the router
/// with `into_make_service_with_connect_info::<SocketAddr>()`. Elsewhere it is a `SocketAddr` in the request's
/// extensions, or the result of [`peer`](Self::peer). A request whose peer is not known has no context, and the answer
/// is 500, because nobody would notice the missing address. [`peer_optional`](Self::peer_optional) permits it.
///
/// Every request has an id: its own `X-Request-Id` if that is 1 to 100 letters, digits or `-_.:/+=`, or else a new one.
/// The id is stored in the entries and set on the request and the response. The trace id comes from `traceparent`.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct AuditLayer {
    pub(super) peer: Peer,
    pub(super) proxies: Arc<TrustedProxies>,
    pub(super) without_ip: bool,
    pub(super) peer_optional: bool,
    pub(super) identity: Identity,
    #[cfg(feature = "axum")]
    pub(super) refusals: Option<super::recorder::Recorder>,
}

impl AuditLayer {
    /// A layer that trusts no proxy and takes the actor from an [`Actor`] in the request's extensions.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the function that finds the actor; `None` means that the request has no actor.
    pub fn actor(
        mut self,
        actor: impl Fn(&Parts) -> Option<Actor> + Send + Sync + 'static,
    ) -> Self {
        self.identity.actor = FindActor::Known(Arc::new(actor));
        self
    }

    /// Sets the asynchronous function that finds the actor, for example by a query. It takes what it needs from the
    /// request and returns a future. An error is traced, and the answer is 500.
    ///
    /// ```
    /// # use audit_runtime::{Actor, http::AuditLayer};
    /// # async fn user_of(token: Option<String>) -> Result<Option<i32>, sea_orm::DbErr> { Ok(None) }
    /// let layer = AuditLayer::new().actor_looked_up(|parts| {
    ///     let token = parts.headers.get("authorization");
    ///     let token = token.and_then(|token| token.to_str().ok()).map(str::to_owned);
    ///     async move {
    ///         let user = user_of(token).await?;
    ///         Ok::<_, sea_orm::DbErr>(user.map(|id| Actor::new("User", id)))
    ///     }
    /// });
    /// ```
    pub fn actor_looked_up<F, E>(
        mut self,
        actor: impl Fn(&Parts) -> F + Send + Sync + 'static,
    ) -> Self
    where
        F: Future<Output = Result<Option<Actor>, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        self.identity.actor = FindActor::LookedUp(Arc::new(move |parts| {
            let found = actor(parts);
            Box::pin(async move { found.await.map_err(Into::into) })
        }));
        self
    }

    /// Sets the function that finds the session's identifier. Never return the session's secret token.
    pub fn session_id(
        mut self,
        session_id: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.identity.session_id = Arc::new(session_id);
        self
    }

    /// Sets a function that completes the context, for example with a tenant, `on_behalf_of` or a reason.
    ///
    /// ```
    /// # use audit_runtime::http::AuditLayer;
    /// #[derive(Clone)]
    /// struct Tenant(String);
    ///
    /// let layer = AuditLayer::new().complete(|context, parts| {
    ///     match parts.extensions.get::<Tenant>() {
    ///         Some(Tenant(tenant)) => context.tenant(tenant),
    ///         None => context,
    ///     }
    /// });
    /// ```
    pub fn complete(
        mut self,
        complete: impl Fn(AuditContext, &Parts) -> AuditContext + Send + Sync + 'static,
    ) -> Self {
        self.identity.complete = Arc::new(complete);
        self
    }

    /// Adds proxies whose `X-Forwarded-For` is trusted: addresses, or networks such as `10.0.0.0/8`.
    ///
    /// The header is read from the right, the end that the nearest proxy wrote, up to the first hop that is not trusted.
    /// A client can forge everything to the left of it.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidProxy`] if a text is neither an address nor a network, and for the network of all addresses.
    pub fn trusted_proxies<P: AsRef<str>>(
        mut self,
        proxies: impl IntoIterator<Item = P>,
    ) -> Result<Self, Error> {
        let trusted = Arc::make_mut(&mut self.proxies);
        for proxy in proxies {
            trusted.add(proxy.as_ref())?;
        }
        Ok(self)
    }

    /// Sets the header that the trusted proxies write, if it is not `X-Forwarded-For`.
    pub fn forwarded_header(mut self, header: ForwardedHeader) -> Self {
        Arc::make_mut(&mut self.proxies).header = header;
        self
    }

    /// Sets the function that finds the peer's address, for servers that supply it in their own way.
    pub fn peer(mut self, peer: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.peer = Peer::new(peer);
        self
    }

    /// Records every body that [`Allowed`](super::Allowed) refuses, as a denied event `FIELDS_REFUSED`. The event is
    /// about the row in the route's last parameter, if that is named `{id}` or is the only one. Without such a row it
    /// is about none, and its metadata contains the `entity_id` of the request, so that no request creates a history of
    /// a row that never existed.
    ///
    /// The metadata of the event contains the first 32 refused keys, cut to 64 characters, and their number in
    /// `refused_count`; the allowed keys in `allowed`; the `method`; and the `path` of the route with the names of its
    /// parameters. If the body was refused for another reason, it also contains the `problem`, such as `it is cut off`
    /// or `it is too large`, and the `length` in bytes of what arrived. No value is recorded.
    ///
    /// A request without an actor is recorded as [`Actor::anonymous`]. If the event cannot be recorded, the answer is
    /// that error.
    #[cfg(feature = "axum")]
    pub fn recording_refusals<C: crate::AuditConnection + Sync>(mut self, db: C) -> Self {
        self.refusals = Some(super::recorder::Recorder::new(db));
        self
    }

    /// Permits requests whose peer is not known. Their entries have no address.
    ///
    /// For servers on a Unix socket, and for tests that call the application without a connection.
    pub fn peer_optional(mut self) -> Self {
        self.peer_optional = true;
        self
    }

    /// Omits the client's address from the log.
    pub fn without_ip(mut self) -> Self {
        self.without_ip = true;
        self
    }
}
