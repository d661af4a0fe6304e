//! The routes of the pages.

#[cfg(test)]
mod tests;

use std::time::Instant;

use ::http::{StatusCode, request::Parts};
use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};
use serde_json::Value as Json;
use tokio::task::spawn_blocking;

use super::{Asking, Desk, Viewer, chips::bounded, form::Asked, print, timeline};
use crate::{
    Entry, Page,
    audited::{Audited, AuditedColumn, entity_type::entity_type},
    encode::Encoded,
    http::{
        Problem, Trail, TrailQuery,
        allowed::id_in_path,
        context_of,
        export::{self, Begin, files},
        problem::no_history,
        routes::segment,
        trail::fields,
    },
};

/// `GET /users/{id}/audit` for people: the history of one row, under the name of its table.
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
/// use audit_runtime::http::{Trail, Viewer, history_pages, history_routes, log_pages};
/// use axum::Router;
///
/// # fn f(trail: Trail) -> Router {
/// let viewer = Viewer::new("Acme").link("Users", "/users");
/// Router::new()
///     .merge(history_pages::<user::Entity>(&trail, &viewer))
///     .merge(log_pages(&trail, &viewer))
///     .nest("/api", history_routes::<user::Entity>(&trail))
/// # }
/// ```
///
/// The URL takes the parameters of [`TrailQuery`], and the page has a form for them. `.csv` and `.jsonl` after the path
/// are the files of [`history_routes`](crate::http::history_routes), and `.print` is a page to print, with all entries and
/// the question, its reader and its time.
pub fn history_pages<E: Audited<Column: AuditedColumn>>(trail: &Trail, viewer: &Viewer) -> Router {
    let path = format!("/{}/{{id}}/audit", segment::<E>());
    routes(&path, get(history::<E>), export::row::<E>, trail, viewer)
}

/// `GET /users/audit` for people: the history of all rows of an entity.
///
/// See [`history_pages`].
pub fn type_history_pages<E: Audited<Column: AuditedColumn>>(
    trail: &Trail,
    viewer: &Viewer,
) -> Router {
    let path = format!("/{}/audit", segment::<E>());
    routes(
        &path,
        get(type_history::<E>),
        export::rows::<E>,
        trail,
        viewer,
    )
}

/// `GET /audit` for people: the whole log.
///
/// See [`history_pages`].
pub fn log_pages(trail: &Trail, viewer: &Viewer) -> Router {
    routes("/audit", get(log), export::log, trail, viewer)
}

type Pages = (Trail, Viewer);

fn routes(
    path: &str,
    method: MethodRouter<Pages>,
    begin: Begin,
    trail: &Trail,
    viewer: &Viewer,
) -> Router {
    let printed = move |pages, request| print(pages, request, begin);
    Router::new()
        .route(path, method)
        .route(&format!("{path}.print"), get(printed))
        .with_state((trail.clone(), viewer.clone()))
        .merge(files(path, begin).with_state(trail.clone()))
}

async fn print(State((trail, viewer)): State<Pages>, request: Request, begin: Begin) -> Response {
    let (parts, _) = request.into_parts();
    let path = parts.uri.path();
    let title = format!("Trail of {}", path.strip_suffix(".print").unwrap_or(path));
    let typed = asked(&parts).to_owned();
    let printed = async {
        let query = typed.parse()?;
        let export = begin(trail, parts, "print").await?;
        Ok((query, export))
    };
    match printed.await {
        Ok((query, export)) => print::print(viewer, &title, &query, export),
        Err(problem) => viewer.show_problem(&problem, &typed, &[]).into_response(),
    }
}

async fn history<E: Audited<Column: AuditedColumn>>(
    State((trail, viewer)): State<Pages>,
    request: Request,
) -> Response {
    let start = Instant::now();
    let (mut parts, _) = request.into_parts();
    let id = id_in_path(&mut parts, &()).await;
    let answer = read_history::<E>(&trail, &parts, id.as_deref()).await;
    let name = answer.as_ref().ok().and_then(present_name::<E>);
    let name = name.or(id.as_deref()).unwrap_or_default();
    let title = format!("{} {name}", entity_type::<E>());
    let fields = Some(fields::<E>());
    show((trail, viewer), start, parts, fields, title, answer).await
}

/// The name that the record has after an entry, if the entry tells it.
fn name_after<'a>(entry: &'a Entry, label: Option<&str>) -> Option<&'a str> {
    let became = entry
        .changes
        .iter()
        .find(|(field, _)| Some(*field) == label);
    match became.and_then(|(_, change)| change.after.as_ref()) {
        Some(Encoded::Plain(Json::String(name))) => Some(name),
        _ => entry.entity_label.as_deref(),
    }
}

/// The latest name of the record that the entries of the page tell.
fn present_name<E: Audited>(found: &Found) -> Option<&str> {
    let label = E::label().map(|column| E::field(column).name);
    let name = |entry| name_after(entry, label);
    let entries = &found.page.entries;
    match found.query.oldest_first {
        true => entries.iter().rev().find_map(name),
        false => entries.iter().find_map(name),
    }
}

async fn type_history<E: Audited<Column: AuditedColumn>>(
    State((trail, viewer)): State<Pages>,
    request: Request,
) -> Response {
    let start = Instant::now();
    let (parts, _) = request.into_parts();
    let answer = read_type_history::<E>(&trail, &parts).await;
    let title = format!("Everything about {}", entity_type::<E>());
    let fields = Some(fields::<E>());
    show((trail, viewer), start, parts, fields, title, answer).await
}

async fn log(State((trail, viewer)): State<Pages>, request: Request) -> Response {
    let start = Instant::now();
    let (parts, _) = request.into_parts();
    let answer = read_log(&trail, &parts).await;
    let title = "The whole log".to_owned();
    show((trail, viewer), start, parts, None, title, answer).await
}

/// The page that was found, and the query that found it.
struct Found {
    query: TrailQuery,
    page: Page,
    is_bounded: bool,
}

type Answer = Result<Found, Problem>;

async fn read_history<E: Audited<Column: AuditedColumn>>(
    trail: &Trail,
    parts: &Parts,
    id: Option<&str>,
) -> Answer {
    let query = asked(parts).parse()?;
    let id = id.ok_or_else(no_history)?;
    let page = trail.history_of::<E>(parts, id, &query).await?;
    Ok(found(query, page))
}

async fn read_type_history<E: Audited<Column: AuditedColumn>>(
    trail: &Trail,
    parts: &Parts,
) -> Answer {
    let query = asked(parts).parse()?;
    let page = trail.history_of_type::<E>(parts, &query).await?;
    Ok(found(query, page))
}

/// A question that needs a bound and has none gets the default one.
async fn read_log(trail: &Trail, parts: &Parts) -> Answer {
    let query = asked(parts).parse()?;
    match trail.log(parts, &query).await {
        Err(problem) if problem.needs_since() => {
            let query = bounded(query);
            let page = trail.log(parts, &query).await?;
            Ok(Found {
                is_bounded: true,
                ..found(query, page)
            })
        }
        page => Ok(found(query, page?)),
    }
}

fn found(query: TrailQuery, page: Page) -> Found {
    Found {
        query,
        page,
        is_bounded: false,
    }
}

/// The fields are those of one entity; without them it is the whole log.
async fn show(
    (trail, viewer): Pages,
    start: Instant,
    parts: Parts,
    fields: Option<Vec<&'static str>>,
    title: String,
    answer: Answer,
) -> Response {
    let reader = context_of(&parts).await.ok();
    let reads_log = match &reader {
        Some(reader) if fields.is_some() && !viewer.log.is_empty() => {
            trail.allows_log(&parts, reader).await
        }
        _ => false,
    };
    // Comparing long texts takes time, so it runs off the runtime's threads.
    let shown = spawn_blocking(move || {
        let is_log = fields.is_none();
        let desk = Desk {
            reader: reader.map(|reader| reader.actor().clone()),
            log: if reads_log { &viewer.log } else { "" },
            entities: if reads_log || is_log {
                trail.entities()
            } else {
                &[]
            },
            asking: match &fields {
                Some(fields) => Asking::Entity(fields),
                None => Asking::Log(trail.entities()),
            },
            has_files: true,
            budget: trail
                .request_budget()
                .least(viewer.budget)
                .after(start.elapsed()),
            is_bounded: answer.as_ref().is_ok_and(|found| found.is_bounded),
        };
        match answer {
            Ok(Found { query, page, .. }) => viewer.page(&desk, &title, &page, &query),
            Err(problem) => {
                let asked = Asked::of(asked(&parts));
                timeline::problem(&viewer, &desk, &problem, &asked)
            }
        }
    });
    match shown.await {
        Ok(response) => response.into_response(),
        Err(error) => {
            tracing::error!(%error, "a page of the trail could not be rendered");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR).into_response()
        }
    }
}

/// The query as it was typed.
fn asked(parts: &Parts) -> &str {
    parts.uri.query().unwrap_or_default()
}
