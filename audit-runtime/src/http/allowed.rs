//! Extractors of patches and drafts from a request's body.

use std::sync::{Arc, Mutex, PoisonError};

use ::http::{HeaderMap, header, request::Parts};
use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, FromRequestParts, RawPathParams, Request, rejection::BytesRejection},
};
use futures_util::TryStreamExt;
use serde::de::DeserializeOwned;

use super::{
    Problem,
    refusal::{Reason, Refusal},
};
use crate::audited::Allowlist;

/// A patch or draft from a JSON body. A key outside of the allowlist is refused, not ignored.
///
/// ```
/// use audit_runtime::{Error, http::Allowed, prelude::*};
/// use axum::{extract::{Path, State}, routing::patch};
/// use sea_orm::DatabaseConnection;
/// # mod user {
/// #     use audit_runtime::Audited;
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
/// #     #[sea_orm(table_name = "users")]
/// #     #[audited(no_hooks)]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         #[audited(update(Profile), label)]
/// #         pub username: String,
/// #     }
/// # }
///
/// async fn update(
///     context: AuditContext,
///     State(db): State<DatabaseConnection>,
///     Path(id): Path<i32>,
///     Allowed(patch): Allowed<user::ProfilePatch>,
/// ) -> Result<String, Error> {
///     let user = db.audited(&context).update(id, patch).await?;
///     Ok(user.username)
/// }
///
/// let app: axum::Router<DatabaseConnection> = axum::Router::new().route("/users/{id}", patch(update));
/// ```
///
/// A body with another key is answered with 400, and nothing is changed:
///
/// ```json
/// {
///   "type": "about:blank", "title": "Bad Request", "status": 400,
///   "detail": "not allowed here: `role`; allowed: `username`",
///   "refused": ["role"], "allowed": ["username"]
/// }
/// ```
///
/// The answer names at most 32 keys, cut to 64 characters each. If there are more, `refused_count` is their number.
///
/// With [`AuditLayer::recording_refusals`](super::AuditLayer::recording_refusals), every refused body leaves an entry.
///
/// The body must be `application/json`, `application/merge-patch+json` (RFC 7396) or another JSON type. Any other is
/// answered with 415.
#[derive(Clone, Copy, Debug, Default)]
pub struct Allowed<A>(pub A);

impl<A, S> FromRequest<S> for Allowed<A>
where
    A: Allowlist + DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let (bytes, rejection) = read(parts.clone(), body, state).await;
        let reason = match rejection {
            _ if !is_json(&parts.headers) => Reason::MediaType,
            Some(rejection) => Reason::Unread(rejection),
            None => match serde_json::from_slice(&bytes) {
                Ok(allowed) => return Ok(Self(allowed)),
                Err(error) => Reason::Invalid(error),
            },
        };
        let refusal = Refusal::of::<A>(&bytes, reason);
        let id = id_in_path(&mut parts, state).await;
        refusal.record::<A>(&parts, id.as_deref()).await?;
        Err(refusal.into())
    }
}

/// The body, or the part that arrived before it was refused.
async fn read<S: Send + Sync>(
    parts: Parts,
    body: Body,
    state: &S,
) -> (Bytes, Option<BytesRejection>) {
    let arrived = Arc::<Mutex<Vec<Bytes>>>::default();
    let arriving = arrived.clone();
    let body = body.into_data_stream().inspect_ok(move |chunk: &Bytes| {
        let mut arriving = arriving.lock().unwrap_or_else(PoisonError::into_inner);
        arriving.push(chunk.clone());
    });
    let request = Request::from_parts(parts, Body::from_stream(body));
    match Bytes::from_request(request, state).await {
        Ok(bytes) => (bytes, None),
        Err(rejection) => {
            let arrived = arrived.lock().unwrap_or_else(PoisonError::into_inner);
            (arrived.concat().into(), Some(rejection))
        }
    }
}

/// The value of the route's last parameter, if it is named `id` or is the only one.
///
/// A nested route has the outer parameters first, and may repeat a name.
pub(super) async fn id_in_path<S: Send + Sync>(parts: &mut Parts, state: &S) -> Option<String> {
    // No path parameter: continue without an id.
    let parameters = RawPathParams::from_request_parts(parts, state).await.ok()?;
    let all: Vec<_> = parameters.iter().collect();
    match all[..] {
        [(_, id)] | [.., ("id", id)] => Some(id.to_owned()),
        _ => None,
    }
}

/// Whether the type is `application/json` or ends in `+json`.
fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers.get(header::CONTENT_TYPE);
    let Some(content_type) = content_type.and_then(|value| value.to_str().ok()) else {
        return false;
    };
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    let essence = essence.to_ascii_lowercase();
    essence == "application/json"
        || essence.starts_with("application/") && essence.ends_with("+json")
}
