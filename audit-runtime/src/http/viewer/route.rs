//! The shared functions of the routes of all pages.

use ::http::{Response as Plain, StatusCode, request::Parts};
use axum::{
    extract::{FromRequestParts, RawPathParams},
    response::{IntoResponse, Response},
};
use tokio::task::spawn_blocking;

use super::Viewer;
use crate::http::{Problem, Trail};

pub(super) type Pages = (Trail, Viewer);

/// The query as it was typed.
pub(super) fn asked(parts: &Parts) -> &str {
    parts.uri.query().unwrap_or_default()
}

/// The id of the record and another parameter. A nested route has the outer ones first.
pub(super) async fn id_and(parts: &mut Parts, name: &str) -> Option<(String, String)> {
    let parameters = RawPathParams::from_request_parts(parts, &()).await.ok()?;
    let all: Vec<_> = parameters.iter().collect();
    match all[..] {
        [.., ("id", id), (last, other)] if last == name => Some((id.to_owned(), other.to_owned())),
        _ => None,
    }
}

/// Renders outside of the runtime's threads, because comparing long texts takes time.
pub(super) async fn rendered(render: impl FnOnce() -> Plain<String> + Send + 'static) -> Response {
    match spawn_blocking(render).await {
        Ok(response) => response.into_response(),
        Err(error) => {
            tracing::error!(%error, "a page of the trail could not be rendered");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR).into_response()
        }
    }
}
