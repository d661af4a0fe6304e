//! The dashboard: recent events, and those that need attention.

mod chart;
mod news;
mod page;
mod tally;

use ::http::request::Parts;
use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::Utc;

use self::{
    news::News,
    tally::{Span, Tally},
};
use super::{Viewer, mounted::Mount};
use crate::http::{Problem, Trail, TrailQuery, query::bad_request};

/// `GET /audit/dashboard` for people on duty: events over time by outcome and actor, and what is new in the last 24 hours.
///
/// New are refused bodies, denied and failed events, changes of [`Viewer::privileges`], changes that a guard recorded
/// because they bypassed this library, and [`Viewer::findings`]. Each line links to its entries on the page of
/// [`log_pages`](super::log_pages), which must be mounted next to it.
///
/// ```
/// use audit_runtime::http::{Trail, Viewer, dashboard_pages, log_pages};
/// use axum::Router;
///
/// # fn f(trail: Trail) -> Router {
/// let viewer = Viewer::new("Acme").privileges([("User", "role")]);
/// Router::new()
///     .merge(dashboard_pages(&trail, &viewer))
///     .merge(log_pages(&trail, &viewer))
/// # }
/// ```
///
/// `?days=` is 1, 7 or 30, and `?tz=` is that of [`TrailQuery`]. The policy is asked for the whole log, and the read is
/// recorded like any other. The page examines as many entries as the trail's [`Budget`](crate::Budget) allows, newest
/// first, and shows since when it covers them.
pub fn dashboard_pages(trail: &Trail, viewer: &Viewer) -> Router {
    viewer.mounted.add(Mount::Dashboard, vec![String::new()]);
    Router::new()
        .route("/audit/dashboard", get(dashboard))
        .with_state((trail.clone(), viewer.clone()))
}

async fn dashboard(State((trail, viewer)): State<(Trail, Viewer)>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    match counted(&trail, &viewer, &parts).await {
        Ok(response) => response.into_response(),
        Err(problem) => viewer.refuse(&problem).into_response(),
    }
}

async fn counted(
    trail: &Trail,
    viewer: &Viewer,
    parts: &Parts,
) -> Result<::http::Response<String>, Problem> {
    let now = Utc::now();
    let (days, tz) = asked(parts)?;
    let span = Span::of(days, now, tz);
    let mut tally = Tally::new(&span);
    let mut news = News::new(viewer, trail.entities(), span.news);
    let query = TrailQuery {
        since: Some(span.start.min(span.news)),
        ..TrailQuery::default()
    };
    let survey = trail.survey(parts, &query, |entry| {
        tally.add(&span, entry);
        news.add(entry);
    });
    let survey = survey.await?;
    Ok(page::page(viewer, &survey, &span, &tally, &news, now, tz))
}

type Asked = (i64, Option<chrono::FixedOffset>);

fn asked(parts: &Parts) -> Result<Asked, Problem> {
    let query = parts.uri.query().unwrap_or_default();
    let (mut days, mut tz) = (None, None);
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "days" if days.is_none() => days = Some(Span::days(&value)?),
            "tz" if tz.is_none() => {
                let zone = form_urlencoded::Serializer::new(String::new())
                    .append_pair("tz", &value)
                    .finish();
                tz = Some(zone.parse::<TrailQuery>()?.tz);
            }
            "days" | "tz" => return Err(bad_request(format!("`{name}` is given twice"))),
            name => {
                let name = name.escape_debug();
                let detail = format!("unknown parameter `{name}`; known are `days` and `tz`");
                return Err(bad_request(detail));
            }
        }
    }
    Ok((days.unwrap_or(Span::WEEK), tz.flatten()))
}
