//! The routes of the pages.

mod shown;
#[cfg(test)]
mod tests;

use std::time::Instant;

use ::http::request::Parts;
use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::{MethodRouter, get},
};

use self::shown::Found;
pub(super) use self::shown::{Answer, Shown, found, show};
use super::{
    Viewer,
    chips::bounded,
    field::field_pages,
    mounted::Mount,
    print,
    route::{Pages, asked},
};
use crate::{
    Entry,
    audited::{Audited, AuditedColumn, entity_type::entity_type},
    http::{
        Trail,
        allowed::id_in_path,
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
/// The URL takes the parameters of [`TrailQuery`](crate::http::TrailQuery), and the page has a form for them. `.csv` and
/// `.jsonl` after the path are the files of [`history_routes`](crate::http::history_routes), and `.print` is a page to
/// print, with all entries, the query, its reader and its time. `/fields/role` after the path is a page of every value
/// that a field had.
pub fn history_pages<E: Audited<Column: AuditedColumn>>(trail: &Trail, viewer: &Viewer) -> Router {
    let path = format!("/{}/{{id}}/audit", segment::<E>());
    routes(&path, get(history::<E>), export::row::<E>, trail, viewer)
        .merge(field_pages::<E>(trail, viewer))
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
    let shown = Shown {
        title: String::new(),
        fields: Some(fields::<E>()),
        beside: beside::<E>(&viewer, &answer),
        has_files: true,
    };
    show_record::<E>((trail, viewer), start, parts, id, shown, answer).await
}

/// A page about a record. Its title is the record's type and present name, and the title of `shown`.
pub(super) async fn show_record<E: Audited<Column: AuditedColumn>>(
    (trail, viewer): Pages,
    start: Instant,
    parts: Parts,
    id: Option<String>,
    shown: Shown,
    answer: Answer,
) -> Response {
    let name = match (&answer, &id) {
        (Ok(_), Some(id)) => trail.present_name::<E>(&parts, id).await,
        _ => Ok(None),
    };
    let (answer, name) = match name {
        Ok(name) => (answer, name),
        Err(problem) => (Err(problem), None),
    };
    let entity_type = entity_type::<E>();
    // For a row that is older than the log.
    let label = |entry: &Entry| {
        let is_record = entry.entity_type.as_deref() == Some(&*entity_type);
        entry.entity_label.clone().filter(|_| is_record)
    };
    let of_page = |found: &Found| found.page.entries.iter().find_map(label);
    let name = name.or_else(|| answer.as_ref().ok().and_then(of_page));
    let name = name.or(id).unwrap_or_default();
    let title = format!("{entity_type} {name}{}", shown.title);
    let shown = Shown { title, ..shown };
    show((trail, viewer), start, parts, shown, answer).await
}

/// The related pages of a record: with its children, and of the requested field.
fn beside<E: Audited>(viewer: &Viewer, answer: &Answer) -> Vec<(String, String)> {
    let children = viewer.mounted.children(&entity_type::<E>()).into_iter();
    let children = children.map(|child| (format!("audit/with/{child}"), format!("With {child}")));
    let query = answer.as_ref().ok().map(|found| &found.query);
    let field = query.and_then(|query| query.changed.as_deref());
    let field = field.map(|field| {
        (
            format!("audit/fields/{field}"),
            format!("Values of {field}"),
        )
    });
    children.chain(field).collect()
}

async fn type_history<E: Audited<Column: AuditedColumn>>(
    State((trail, viewer)): State<Pages>,
    request: Request,
) -> Response {
    let start = Instant::now();
    let (parts, _) = request.into_parts();
    let answer = read_type_history::<E>(&trail, &parts).await;
    let shown = Shown {
        title: format!("Everything about {}", entity_type::<E>()),
        fields: Some(fields::<E>()),
        beside: Vec::new(),
        has_files: true,
    };
    show((trail, viewer), start, parts, shown, answer).await
}

async fn log(State((trail, viewer)): State<Pages>, request: Request) -> Response {
    let start = Instant::now();
    let (parts, _) = request.into_parts();
    let answer = read_log(&trail, &parts).await;
    let dashboard = || ("audit/dashboard".to_owned(), "Dashboard".to_owned());
    let is_mounted = viewer.mounted.has(Mount::Dashboard, "");
    let shown = Shown {
        title: "The whole log".to_owned(),
        fields: None,
        beside: is_mounted.then(dashboard).into_iter().collect(),
        has_files: true,
    };
    show((trail, viewer), start, parts, shown, answer).await
}

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

/// Reads the log. A query that needs a `since` and has none gets the default one.
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
