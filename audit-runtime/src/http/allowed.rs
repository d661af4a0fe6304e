//! Patches and drafts out of a request's body.

use ::http::{HeaderMap, StatusCode, header, request::Parts};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, RawPathParams, Request, rejection::BytesRejection},
};
use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::{Problem, refusal::Refusal};
use crate::{allowlist::allowed_keys, audited::Allowlist};

/// A patch or draft out of a JSON body: what it does not allow is refused, and not ignored.
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
/// A body with other keys is answered with 400, and changes nothing:
///
/// ```json
/// {
///   "type": "about:blank", "title": "Bad Request", "status": 400,
///   "detail": "not allowed here: `role`; allowed: `username`",
///   "refused": ["role"], "allowed": ["username"]
/// }
/// ```
///
/// [`AuditLayer::recording_refusals`](super::AuditLayer::recording_refusals) makes an entry of it.
///
/// The body is `application/json`, `application/merge-patch+json` (RFC 7396), or JSON of another name; anything else is
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
        if !is_json(request.headers()) {
            let problem = Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE);
            return Err(problem.detail("send application/json or application/merge-patch+json"));
        }
        let (mut parts, body) = request.into_parts();
        let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await;
        let bytes = bytes.map_err(unread)?;
        let error = match serde_json::from_slice(&bytes) {
            Ok(allowed) => return Ok(Self(allowed)),
            Err(error) => error,
        };
        if let Ok(json) = serde_json::from_slice::<Json>(&bytes)
            && let Some(refusal) = Refusal::of::<A>(&json)
        {
            let id = id_in_path(&mut parts, state).await;
            refusal.record::<A>(&parts, id.as_deref()).await?;
            return Err(refusal.into());
        }
        let allowed = allowed_keys::<A>();
        Err(Problem::new(StatusCode::BAD_REQUEST)
            .detail(error.to_string())
            .with("allowed", allowed))
    }
}

/// The parameter of the path that is called `id`, or the only one.
pub(super) async fn id_in_path<S: Send + Sync>(parts: &mut Parts, state: &S) -> Option<String> {
    // Without parameters there is none; that is no reason to refuse a body.
    let parameters = RawPathParams::from_request_parts(parts, state).await.ok()?;
    let mut all = parameters.iter();
    let id = match (all.next(), all.next()) {
        (Some((_, only)), None) => only,
        _ => parameters.iter().find(|(name, _)| *name == "id")?.1,
    };
    Some(id.to_owned())
}

/// `application/json`, and every other type that is JSON beneath.
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

fn unread(rejection: BytesRejection) -> Problem {
    Problem::new(rejection.status()).detail(rejection.body_text())
}
