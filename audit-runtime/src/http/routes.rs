//! The routes of the trail.

use ::http::{HeaderValue, StatusCode, header, request::Parts};
use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use tokio::task::spawn_blocking;

use super::{
    Problem, Trail, TrailQuery,
    allowed::id_in_path,
    export::{self, files},
    problem::no_history,
};
use crate::{
    Page,
    audited::{Audited, AuditedColumn},
};

/// `GET /users/{id}/audit`: the history of one row, under the name of its table.
///
/// Merge it into a router that has its state, or nest it:
///
/// ```
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
/// use audit_runtime::http::{AuditLayer, Trail, history_routes, log_routes};
/// use axum::Router;
///
/// # fn f(trail: Trail, app: Router, layer: AuditLayer) -> Router {
/// app.merge(history_routes::<user::Entity>(&trail))
///     .nest("/admin", log_routes(&trail))
///     .layer(layer)
/// # }
/// ```
///
/// The URL takes the parameters of [`TrailQuery`]. The response is a [`Page`]; errors are [`Problem`]s.
/// [`OpenApi`](super::OpenApi) describes the routes.
///
/// `GET /users/{id}/audit.csv` and `.jsonl` return all entries that the query finds, as a file: CSV for spreadsheets,
/// and a line of JSON per entry. An export is recorded as an event `AUDIT_READ`, even without
/// [`Trail::recording_reads`]. If the log cannot be read to its end, the file is truncated.
pub fn history_routes<E: Audited<Column: AuditedColumn>>(trail: &Trail) -> Router {
    let path = format!("/{}/{{id}}/audit", segment::<E>());
    files(&path, export::row::<E>)
        .route(&path, get(history::<E>))
        .with_state(trail.clone())
}

/// `GET /users/audit`: the history of all rows of an entity, under the name of its table.
///
/// See [`history_routes`].
pub fn type_history_routes<E: Audited<Column: AuditedColumn>>(trail: &Trail) -> Router {
    let path = format!("/{}/audit", segment::<E>());
    files(&path, export::rows::<E>)
        .route(&path, get(type_history::<E>))
        .with_state(trail.clone())
}

/// `GET /audit`: the whole log.
///
/// See [`history_routes`].
pub fn log_routes(trail: &Trail) -> Router {
    files("/audit", export::log)
        .route("/audit", get(log))
        .with_state(trail.clone())
}

async fn history<E: Audited<Column: AuditedColumn>>(
    State(trail): State<Trail>,
    request: Request,
) -> Result<Response, Problem> {
    let (mut parts, _) = request.into_parts();
    let id = id_in_path(&mut parts, &()).await.ok_or_else(no_history)?;
    let query = query(&parts)?;
    shown(trail.history_of::<E>(&parts, &id, &query).await?).await
}

async fn type_history<E: Audited<Column: AuditedColumn>>(
    State(trail): State<Trail>,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let query = query(&parts)?;
    shown(trail.history_of_type::<E>(&parts, &query).await?).await
}

async fn log(State(trail): State<Trail>, request: Request) -> Result<Response, Problem> {
    let (parts, _) = request.into_parts();
    let query = query(&parts)?;
    shown(trail.log(&parts, &query).await?).await
}

fn query(parts: &Parts) -> Result<TrailQuery, Problem> {
    parts.uri.query().unwrap_or_default().parse()
}

/// The name of the table as a segment of a route.
pub(super) fn segment<E: Audited>() -> String {
    let name = E::default().table_name().to_owned();
    name.replace('{', "{{").replace('}', "}}")
}

/// A response that must not be cached.
async fn shown(page: Page) -> Result<Response, Problem> {
    // Serializing long values takes time, so it runs outside of the runtime's threads.
    let written = spawn_blocking(move || serde_json::to_string(&page)).await;
    let body = match written {
        Ok(Ok(body)) => body,
        Ok(Err(error)) => {
            tracing::error!(%error, "a page of the trail is no JSON");
            return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR));
        }
        Err(error) => {
            tracing::error!(%error, "a page of the trail could not be written");
            return Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR));
        }
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
    ];
    Ok((headers, body).into_response())
}
