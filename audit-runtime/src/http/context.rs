//! The context of a request.

use std::sync::Arc;

use ::http::request::Parts;

use super::{identity::BoxError, layer::AuditLayer};
use crate::{AuditContext, Source};

/// The layer's extension of a request.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) source: Source,
    pub(super) layer: Arc<AuditLayer>,
}

/// The reason why a request has no context.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoContext {
    /// The request has no actor: 401.
    #[error("this needs an actor, and the request has none: authenticate")]
    NoActor,
    /// No [`AuditLayer`] wraps the handler: 500, a mistake of the application.
    #[error("there is no AuditLayer around this handler: add one to the router")]
    NoLayer,
    /// The address of the peer is not known: 500, a mistake of the application.
    #[error(
        "the peer's address is not known, so an entry would not say from where: serve with \
         into_make_service_with_connect_info, set AuditLayer::peer, or permit it with AuditLayer::peer_optional"
    )]
    NoPeer,
    /// The lookup of the actor failed: 500.
    #[error("the actor could not be looked up")]
    LookUp(#[source] BoxError),
}

/// The context of a request: its actor and its source.
///
/// # Errors
///
/// [`NoContext`] if the request has no actor, the lookup failed, the peer's address is not known, or no [`AuditLayer`]
/// wraps the handler.
pub async fn context_of(parts: &Parts) -> Result<AuditContext, NoContext> {
    let identity = &origin(parts)?.layer.identity;
    let actor = identity.actor.find(parts).await;
    let actor = actor.map_err(NoContext::LookUp)?;
    let actor = actor.ok_or(NoContext::NoActor)?;
    let context = AuditContext::new(actor).with_source(source_of(parts)?);
    Ok((identity.complete)(context, parts))
}

/// The source of a request, with or without an actor.
///
/// # Errors
///
/// [`NoContext::NoLayer`] if no [`AuditLayer`] wraps the handler, [`NoContext::NoPeer`] if the peer's address is not
/// known.
pub fn source_of(parts: &Parts) -> Result<Source, NoContext> {
    let origin = origin(parts)?;
    let layer = &origin.layer;
    if origin.source.ip.is_none() && !layer.without_ip && !layer.peer_optional {
        return Err(NoContext::NoPeer);
    }
    Ok(Source {
        session_id: (origin.layer.identity.session_id)(parts),
        ..origin.source.clone()
    })
}

#[cfg(feature = "axum")]
pub(super) fn layer_of(parts: &Parts) -> Result<&AuditLayer, NoContext> {
    Ok(&origin(parts)?.layer)
}

fn origin(parts: &Parts) -> Result<&Origin, NoContext> {
    parts.extensions.get().ok_or(NoContext::NoLayer)
}
