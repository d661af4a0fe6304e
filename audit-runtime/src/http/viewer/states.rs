//! The routes of a past record.

use std::time::Instant;

use ::http::request::Parts;
use axum::{
    Router,
    extract::Request,
    response::{IntoResponse, Response},
    routing::get,
};

use super::{
    Viewer,
    mounted::Mount,
    past,
    route::{id_and, rendered},
};
use crate::{
    AuditConnection, Budget,
    audited::{
        Audited, AuditedColumn,
        entity_type::{entity_type, entity_types},
    },
    http::{
        Problem, Trail, context_of, problem::no_history, query::bad_request, routes::segment,
        trail::State,
    },
};

/// `GET /users/{id}/audit/{entry}` for people: the whole record right after an entry, and with `?with=12` its difference
/// from the record right after another entry. An unknown value is shown as such, with the reason.
///
/// ```
/// # mod user {
/// #     use audit_runtime::Audited;
/// #     use sea_orm::entity::prelude::*;
/// #     #[sea_orm::model]
/// #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
/// #     #[sea_orm(table_name = "users")]
/// #     #[audited(entity_type = "User", no_hooks)]
/// #     pub struct Model {
/// #         #[sea_orm(primary_key)]
/// #         pub id: i32,
/// #         #[audited(update(Profile), label)]
/// #         pub username: String,
/// #     }
/// # }
/// use audit_runtime::http::{Trail, Viewer, history_pages, state_pages};
/// use axum::Router;
///
/// # fn f(db: sea_orm::DatabaseConnection, trail: Trail) -> Router {
/// let viewer = Viewer::new("Acme").states(|entity_type, id, entry| match entity_type {
///     "User" => Some(format!("/users/{id}/audit/{entry}")),
///     _ => None,
/// });
/// Router::new()
///     .merge(history_pages::<user::Entity>(&trail, &viewer))
///     .merge(state_pages::<user::Entity>(&trail, &viewer, db))
/// # }
/// ```
///
/// The policy is asked for the record, and can hide values. A reader of one tenant's entries gets 403, because others
/// may have changed the record. The read is recorded like that of the record's history.
pub fn state_pages<E: Audited<Column: AuditedColumn>>(
    trail: &Trail,
    viewer: &Viewer,
    db: impl AuditConnection + Sync,
) -> Router {
    let path = format!("/{}/{{id}}/audit/{{entry}}", segment::<E>());
    viewer.mounted.add(Mount::States, entity_types::<E>());
    let (trail, viewer) = (trail.clone(), viewer.clone());
    let page = move |request: Request| async move {
        let start = Instant::now();
        let (mut parts, _) = request.into_parts();
        match states::<E, _>(&trail, &mut parts, &db).await {
            Ok(found) => {
                let budget = viewer.left(&trail, start);
                let entity_type = entity_type::<E>().into_owned();
                shown(viewer, entity_type, &parts, found, budget).await
            }
            Err(problem) => viewer.refuse(&problem).into_response(),
        }
    };
    Router::new().route(&path, get(page))
}

/// The id of the record, the entries in their order, the states after them, and whether the reader may revert changes.
type Found = (String, Vec<i64>, Vec<State>, bool);

async fn states<E: Audited<Column: AuditedColumn>, C: AuditConnection>(
    trail: &Trail,
    parts: &mut Parts,
    db: &C,
) -> Result<Found, Problem> {
    let (id, entry) = path(parts).await.ok_or_else(no_history)?;
    let mut entries = vec![number("the last part of the path", &entry)?];
    let query = parts.uri.query().unwrap_or_default();
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "with" if entries.len() == 1 => entries.push(number("`with`", &value)?),
            "with" => return Err(bad_request("`with` is given twice".to_owned())),
            name => {
                let name = name.escape_debug();
                let detail = format!("unknown parameter `{name}`; known is `with`");
                return Err(bad_request(detail));
            }
        }
    }
    entries.sort_unstable();
    let (states, reverts) = trail.states::<E, C>(parts, &id, &entries, db).await?;
    Ok((id, entries, states, reverts))
}

/// The id of the record and that of the entry.
pub(super) async fn path(parts: &mut Parts) -> Option<(String, String)> {
    id_and(parts, "entry").await
}

pub(super) fn number(what: &str, text: &str) -> Result<i64, Problem> {
    let id = text.trim().parse().ok().filter(|id| *id > 0);
    id.ok_or_else(|| bad_request(format!("{what} is the id of an entry: a number from 1 on")))
}

async fn shown(
    viewer: Viewer,
    entity_type: String,
    parts: &Parts,
    found: Found,
    budget: Budget,
) -> Response {
    let reader = context_of(parts).await.ok();
    rendered(move || {
        let (id, entries, states, reverts) = found;
        let record = past::Record {
            entity_type: &entity_type,
            id: &id,
            entries: &entries,
            states: &states,
            reverts,
            budget,
        };
        past::page(
            &viewer,
            reader.as_ref().map(|reader| reader.actor()),
            &record,
        )
    })
    .await
}
