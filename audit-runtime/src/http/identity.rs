//! The application's functions that find the actor and the session of a request.

use std::{fmt, pin::Pin, sync::Arc};

use ::http::request::Parts;

use crate::{Actor, AuditContext};

pub(super) type BoxError = Box<dyn std::error::Error + Send + Sync>;
type OfParts<T> = dyn Fn(&Parts) -> T + Send + Sync;
type Completion = dyn Fn(AuditContext, &Parts) -> AuditContext + Send + Sync;
type Found = Pin<Box<dyn Future<Output = Result<Option<Actor>, BoxError>> + Send>>;

/// The application's functions. They run when a context is created, after all middleware before the handler.
#[derive(Clone)]
pub(super) struct Identity {
    pub(super) actor: FindActor,
    pub(super) session_id: Arc<OfParts<Option<String>>>,
    pub(super) complete: Arc<Completion>,
}

#[derive(Clone)]
pub(super) enum FindActor {
    Known(Arc<OfParts<Option<Actor>>>),
    LookedUp(Arc<OfParts<Found>>),
}

impl Default for Identity {
    fn default() -> Self {
        Self {
            actor: FindActor::Known(Arc::new(|parts| parts.extensions.get().cloned())),
            session_id: Arc::new(|_| None),
            complete: Arc::new(|context, _| context),
        }
    }
}

impl FindActor {
    pub(super) async fn find(&self, parts: &Parts) -> Result<Option<Actor>, BoxError> {
        let found = match self {
            Self::Known(actor) => return Ok(actor(parts)),
            Self::LookedUp(actor) => actor(parts),
        };
        found.await
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Identity").finish_non_exhaustive()
    }
}
