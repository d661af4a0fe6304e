//! The pages that revert a change: a form with a reason, and its submission.

use std::time::Instant;

use ::http::{HeaderValue, Response as Plain, StatusCode, header, request::Parts};
use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::Utc;
use maud::html;

use super::{
    Detail, Sheet, Viewer,
    document::respond,
    entry,
    ink::Ink,
    mounted::Mount,
    route::rendered,
    states::{number, path},
    text::visible,
    value::plain,
};
use crate::{
    AuditConnection, Budget, ConnectionExt, Entry, Writer,
    audited::{Audited, AuditedColumn, Patch, entity_type::entity_types},
    encode::{Encoded, encode},
    http::{Problem, Trail, problem::no_history, query::bad_request, routes::segment},
};

/// The maximum size of the form.
const FORM: usize = 64 * 1024;

/// `GET /users/{id}/audit/{entry}/revert` for people: a form that reverts a change, with a reason. The patch names the
/// fields that may be reverted.
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
/// #         #[audited(update(Admin))]
/// #         pub role: String,
/// #     }
/// # }
/// use audit_runtime::http::{Trail, Viewer, revert_pages, state_pages};
/// use axum::Router;
///
/// # fn f(db: sea_orm::DatabaseConnection, trail: Trail, viewer: Viewer) -> Router {
/// Router::new()
///     .merge(state_pages::<user::Entity>(&trail, &viewer, db.clone()))
///     .merge(revert_pages::<user::AdminPatch>(&trail, &viewer, db))
/// # }
/// ```
///
/// The policy must allow it, by [`Access::reverting`](crate::http::Access::reverting). It is an audited update by the
/// reader, whose entry refers to the reverted one. If a field has changed since, nothing is done.
///
/// A request that a browser sends for another site is refused. For more protection of a session, use [`Viewer::csrf`].
pub fn revert_pages<P>(trail: &Trail, viewer: &Viewer, db: impl AuditConnection + Sync) -> Router
where
    P: Patch<Entity: Audited<Column: AuditedColumn>>,
{
    let path = format!("/{}/{{id}}/audit/{{entry}}/revert", segment::<P::Entity>());
    viewer
        .mounted
        .add(Mount::Reverts, entity_types::<P::Entity>());
    let (asking, of_form) = (trail.clone(), viewer.clone());
    let form = move |request: Request| async move {
        let (parts, _) = request.into_parts();
        let form = form::<P>(&asking, of_form.clone(), parts).await;
        form.unwrap_or_else(|problem| of_form.refuse(&problem).into_response())
    };
    let (trail, viewer) = (trail.clone(), viewer.clone());
    let revert = move |request: Request| async move {
        let reverted = revert::<P, _>(&trail, &viewer, request, &db).await;
        reverted.unwrap_or_else(|problem| viewer.refuse(&problem).into_response())
    };
    Router::new().route(&path, get(form).post(revert))
}

async fn form<P>(trail: &Trail, viewer: Viewer, mut parts: Parts) -> Result<Response, Problem>
where
    P: Patch<Entity: Audited<Column: AuditedColumn>>,
{
    let start = Instant::now();
    let (id, entry) = entry_in_path(&mut parts).await?;
    let found = trail.reversible::<P>(&parts, &id, entry).await?;
    let values = found.inverse.values();
    let values = values
        .map(|(field, value)| (field, encode(value)))
        .collect();
    let token = viewer
        .csrf
        .as_ref()
        .map(|(name, token)| (name.clone(), token(&parts)));
    let budget = viewer.left(trail, start);
    Ok(rendered(move || page(&viewer, &found.entries, values, token, budget)).await)
}

fn page(
    viewer: &Viewer,
    entries: &[Entry],
    values: Vec<(&str, Encoded)>,
    token: Option<(String, Option<String>)>,
    budget: Budget,
) -> Plain<String> {
    let desk = &viewer.desk(&[]);
    let sheet = Sheet {
        viewer,
        desk,
        ink: Ink::new(budget, Detail::Short),
        now: Utc::now(),
        tz: None,
    };
    let (change, since) = entries.split_at(entries.len().min(1));
    let entity_type = change
        .first()
        .and_then(|entry| entry.entity_type.as_deref());
    let title = "Put a change back";
    let main = html! {
        h1 { (title) }
        p.zone { "All times are in UTC." }
        ol.timeline { @for entry in change { li { (entry::article(&sheet, entry)) } } }
        h2 { "What it sets" }
        dl.changes {
            @for (field, value) in &values {
                div {
                    dt { (visible(&viewer.names.field(entity_type, field))) }
                    dd { (plain(value, &sheet.ink)) }
                }
            }
        }
        h2 { "What happened to the record since" }
        @if since.is_empty() { p.empty { "Nothing." } }
        ol.timeline { @for entry in since { li { (entry::article(&sheet, entry)) } } }
        p.note { "If one of these fields has changed since, nothing is done." }
        form.compare method="post" {
            @if let Some((name, Some(token))) = &token { input type="hidden" name=(name) value=(token); }
            label { "Reason" input name="reason" required maxlength="1000"; }
            button { "Put it back" }
        }
    };
    respond(viewer, None, StatusCode::OK, title, &main)
}

async fn revert<P, C: AuditConnection>(
    trail: &Trail,
    viewer: &Viewer,
    request: Request,
    db: &C,
) -> Result<Response, Problem>
where
    P: Patch<Entity: Audited<Column: AuditedColumn>>,
{
    let (mut parts, body) = request.into_parts();
    let (id, entry) = entry_in_path(&mut parts).await?;
    let body = to_bytes(body, FORM).await;
    let body =
        body.map_err(|_| bad_request("the form cannot be read, or is too large".to_owned()))?;
    let field = |name: &str| {
        let mut fields = form_urlencoded::parse(&body);
        let value = fields.find(|(field, _)| field == name)?.1;
        Some(value.into_owned())
    };
    let site = parts.headers.get("sec-fetch-site");
    let is_own = site.is_none_or(|site| site == "same-origin" || site == "none");
    let is_told = viewer.csrf.as_ref().is_none_or(|(name, token)| {
        let expected = token(&parts);
        expected.is_some() && expected == field(name)
    });
    if !is_own || !is_told {
        let detail = "this form was not sent from its page: open it again";
        return Err(Problem::new(StatusCode::FORBIDDEN).detail(detail));
    }
    let reason = field("reason").unwrap_or_default();
    if reason.trim().is_empty() {
        return Err(bad_request(
            "`reason` is why the change is put back".to_owned(),
        ));
    }
    let found = trail.reversible::<P>(&parts, &id, entry).await?;
    let context = found.reader.reason(reason.trim());
    db.audited(&context).revert(found.inverse).await?;
    // Relative to the form: the record's history, where the new entry is the first.
    let to = [(header::LOCATION, HeaderValue::from_static("../../audit"))];
    Ok((StatusCode::SEE_OTHER, to, Body::empty()).into_response())
}

async fn entry_in_path(parts: &mut Parts) -> Result<(String, i64), Problem> {
    let (id, entry) = path(parts).await.ok_or_else(no_history)?;
    Ok((id, number("the last part but one of the path", &entry)?))
}
