//! Extractors and responses for axum handlers.

use ::http::request::Parts;
use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts},
    response::{IntoResponse, Response},
};

use super::{NoContext, Problem, context_of, source_of};
use crate::{AuditContext, Error, Source};

/// The actor and the source of the request. Without an actor the answer is 401.
impl<S: Sync> FromRequestParts<S> for AuditContext {
    type Rejection = NoContext;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NoContext> {
        context_of(parts).await
    }
}

/// `None` if the request has no actor.
impl<S: Sync> OptionalFromRequestParts<S> for AuditContext {
    type Rejection = NoContext;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, NoContext> {
        match context_of(parts).await {
            Ok(context) => Ok(Some(context)),
            Err(NoContext::NoActor) => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The source of the request, with or without an actor.
impl<S: Sync> FromRequestParts<S> for Source {
    type Rejection = NoContext;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, NoContext> {
        source_of(parts)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.to_response()
    }
}

impl IntoResponse for NoContext {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}

/// Converts the error to a [`Problem`].
impl IntoResponse for Error {
    fn into_response(self) -> Response {
        Problem::from(self).into_response()
    }
}
