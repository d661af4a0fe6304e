//! A page of found entries, with its other contents.

use std::time::Instant;

use ::http::request::Parts;
use axum::response::Response;

use super::super::{
    Asking, Desk,
    form::Asked,
    route::{Pages, asked, rendered},
    timeline,
};
use crate::{
    Page,
    http::{Problem, TrailQuery, context_of},
};

/// The page that was found, and the query that found it.
pub(in crate::http::viewer) struct Found {
    pub(in crate::http::viewer) query: TrailQuery,
    pub(in crate::http::viewer) page: Page,
    /// Whether the query is limited to the default span of time.
    pub(in crate::http::viewer) is_bounded: bool,
}

pub(in crate::http::viewer) type Answer = Result<Found, Problem>;

pub(in crate::http::viewer) fn found(query: TrailQuery, page: Page) -> Found {
    Found {
        query,
        page,
        is_bounded: false,
    }
}

/// The contents of a page other than the found entries.
pub(in crate::http::viewer) struct Shown {
    pub(in crate::http::viewer) title: String,
    /// The fields of one entity; `None` for the whole log.
    pub(in crate::http::viewer) fields: Option<Vec<&'static str>>,
    /// The addresses of related pages, with their names.
    pub(in crate::http::viewer) beside: Vec<(String, String)>,
    pub(in crate::http::viewer) has_files: bool,
}

pub(in crate::http::viewer) async fn show(
    (trail, viewer): Pages,
    start: Instant,
    parts: Parts,
    shown: Shown,
    answer: Answer,
) -> Response {
    let reader = context_of(&parts).await.ok();
    let access = match &reader {
        Some(reader) => trail.access_to_log(&parts, reader).await,
        None => None,
    };
    let is_log = shown.fields.is_none();
    let reads_log = access.is_some() && !is_log && !viewer.log.is_empty();
    // A reader of one tenant does not see the actions of others.
    let actions = match access.is_some_and(|access| access.tenant.is_none()) {
        true => trail.actions().await,
        false => Ok(Vec::new()),
    };
    let (answer, actions) = match actions {
        Ok(actions) => (answer, actions),
        Err(error) => (answer.and(Err(error.into())), Vec::new()),
    };
    rendered(move || {
        let desk = Desk {
            reader: reader.map(|reader| reader.actor().clone()),
            log: if reads_log { &viewer.log } else { "" },
            entities: if reads_log || is_log {
                trail.entities()
            } else {
                &[]
            },
            asking: match &shown.fields {
                Some(fields) => Asking::Entity(fields),
                None => Asking::Log(trail.entities()),
            },
            actions,
            beside: shown.beside,
            has_files: shown.has_files,
            budget: viewer.left(&trail, start),
            is_bounded: answer.as_ref().is_ok_and(|found| found.is_bounded),
        };
        match answer {
            Ok(Found { query, page, .. }) => viewer.page(&desk, &shown.title, &page, &query),
            Err(problem) => {
                let asked = Asked::of(asked(&parts));
                timeline::problem(&viewer, &desk, &problem, &asked)
            }
        }
    })
    .await
}
