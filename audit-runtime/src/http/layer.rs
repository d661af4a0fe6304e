//! The layer: what an application sets up once.

use std::{fmt::Debug, net::IpAddr, sync::Arc};

use ::http::request::Parts;
use tower_layer::Layer;

use super::{
    ForwardedHeader,
    client_ip::TrustedProxies,
    identity::{BoxError, FindActor, Identity},
    peer::Peer,
    service::AuditService,
};
use crate::{Actor, AuditContext, Error};

/// A [tower layer](Layer) that lets handlers know who makes a request, and from where.
///
/// ```
/// use audit_runtime::{Actor, http::AuditLayer};
///
/// // What the application's own authentication leaves in a request.
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
///         Some(Actor::new("User", user.id.to_string()).named(&user.name))
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
/// The functions are asked when a handler wants its context, and not before: authentication may stand outside of
/// this layer or inside.
///
/// The peer's address is what the server says it is: in axum, `ConnectInfo<SocketAddr>`, for which the router is served
/// with `into_make_service_with_connect_info::<SocketAddr>()`; elsewhere a `SocketAddr` among the request's extensions,
/// or what [`peer`](Self::peer) finds.
///
/// Every request gets an id, its own `X-Request-Id` if that is 1 to 100 letters, digits or `-_.:/+=`.
/// It stands in the entries, in the request that handlers see, and in the response.
/// The trace is that of `traceparent`.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct AuditLayer {
    pub(super) peer: Peer,
    pub(super) proxies: Arc<TrustedProxies>,
    pub(super) without_ip: bool,
    pub(super) identity: Identity,
    #[cfg(feature = "axum")]
    pub(super) refusals: Option<super::recorder::Recorder>,
}

impl AuditLayer {
    /// A layer that trusts no proxy, and takes for the actor an [`Actor`] among the request's extensions.
    pub fn new() -> Self {
        Self::default()
    }

    /// How to find the actor; `None` is nobody.
    pub fn actor(
        mut self,
        actor: impl Fn(&Parts) -> Option<Actor> + Send + Sync + 'static,
    ) -> Self {
        self.identity.actor = FindActor::Known(Arc::new(actor));
        self
    }

    /// How to find the actor where that takes a query: the function takes what it needs from the request, and
    /// returns a future. An error is an answer of 500, and is traced.
    ///
    /// ```
    /// # use audit_runtime::{Actor, http::AuditLayer};
    /// # async fn user_of(token: Option<String>) -> Result<Option<i32>, sea_orm::DbErr> { Ok(None) }
    /// let layer = AuditLayer::new().actor_looked_up(|parts| {
    ///     let token = parts.headers.get("authorization");
    ///     let token = token.and_then(|token| token.to_str().ok()).map(str::to_owned);
    ///     async move {
    ///         let user = user_of(token).await?;
    ///         Ok::<_, sea_orm::DbErr>(user.map(|id| Actor::new("User", id.to_string())))
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

    /// How to find the session's identifier: never the token that opens it.
    pub fn session_id(
        mut self,
        session_id: impl Fn(&Parts) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.identity.session_id = Arc::new(session_id);
        self
    }

    /// What else is known of a request: its tenant, for whom the actor acts, the reason.
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

    /// Proxies whose `X-Forwarded-For` is believed: addresses, or networks such as `10.0.0.0/8`.
    ///
    /// The header is read from the right, the end the nearest proxy wrote, up to the first hop that is not trusted.
    /// Whatever stands left of that, anybody may have written.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidProxy`] for what is neither, and for the network of all addresses.
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

    /// The header that the trusted proxies write, where that is not `X-Forwarded-For`.
    pub fn forwarded_header(mut self, header: ForwardedHeader) -> Self {
        Arc::make_mut(&mut self.proxies).header = header;
        self
    }

    /// How to find the peer's address, where the server leaves it in a way of its own.
    pub fn peer(mut self, peer: impl Fn(&Parts) -> Option<IpAddr> + Send + Sync + 'static) -> Self {
        self.peer = Peer::new(peer);
        self
    }

    /// Records every body that [`Allowed`](super::Allowed) refuses for its keys: a denied event `FIELDS_REFUSED`, with
    /// the keys' names in its metadata, about the row that the path names by `{id}` or by its only parameter.
    ///
    /// The attempt of a request without an actor is recorded as [`Actor::anonymous`]'s.
    /// If it cannot be recorded, the answer is that error.
    #[cfg(feature = "axum")]
    pub fn recording_refusals<C: crate::AuditConnection + Sync>(mut self, db: C) -> Self {
        self.refusals = Some(super::recorder::Recorder::new(db));
        self
    }

    /// Leaves the client's address out of the log.
    pub fn without_ip(mut self) -> Self {
        self.without_ip = true;
        self
    }
}

impl<S> Layer<S> for AuditLayer {
    type Service = AuditService<S>;

    fn layer(&self, inner: S) -> AuditService<S> {
        AuditService::new(inner, self.clone())
    }
}
