//! The context of a request.

use std::sync::Arc;

use ::http::request::Parts;

use super::{AuditLayer, identity::BoxError};
use crate::{AuditContext, Source};

/// What the layer leaves in a request.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) source: Source,
    pub(super) layer: Arc<AuditLayer>,
}

/// Why a request has no context.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NoContext {
    /// Nobody makes this request: 401.
    #[error("this needs an actor, and the request has none: authenticate")]
    NoActor,
    /// No layer was there to learn where the request comes from: 500, a mistake of the application.
    #[error("there is no AuditLayer around this handler: add one to the router")]
    NoLayer,
    /// The actor could not be looked up: 500.
    #[error("the actor could not be looked up")]
    LookUp(#[source] BoxError),
}

/// The context of a request: who makes it, and from where.
///
/// # Errors
///
/// [`NoContext`] if nobody makes it, or no [`AuditLayer`] was in its way.
pub async fn context_of(parts: &Parts) -> Result<AuditContext, NoContext> {
    let identity = &origin(parts)?.layer.identity;
    let actor = identity.actor.find(parts).await;
    let actor = actor.map_err(NoContext::LookUp)?;
    let actor = actor.ok_or(NoContext::NoActor)?;
    let context = AuditContext::new(actor).from_source(source_of(parts)?);
    Ok((identity.complete)(context, parts))
}

/// Where a request comes from, whoever makes it.
///
/// # Errors
///
/// [`NoContext::NoLayer`] if no [`AuditLayer`] was in its way.
pub fn source_of(parts: &Parts) -> Result<Source, NoContext> {
    let origin = origin(parts)?;
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
