//! The page of a timeline.

use std::collections::BTreeSet;

use ::http::{Response, StatusCode};
use chrono::Utc;
use maud::{Markup, html};
use serde_json::Value as Json;

use super::{
    Desk, Detail, Sheet, Viewer,
    chips::{bound, chips, questions},
    document::respond,
    entry,
    form::{Asked, form},
    ink::Ink,
    text::{spelled_out, visible},
};
use crate::{
    Entry, Page,
    http::{Problem, TrailQuery},
};

pub(super) struct Timeline<'a> {
    pub(super) title: &'a str,
    pub(super) page: &'a Page,
    pub(super) query: &'a TrailQuery,
}

pub(super) fn page(viewer: &Viewer, desk: &Desk<'_>, timeline: &Timeline<'_>) -> Response<String> {
    let Timeline { title, page, query } = timeline;
    // A link to an entry leads to its changeset.
    let detail = if query.changeset.is_some() {
        Detail::Whole
    } else {
        Detail::Short
    };
    let sheet = Sheet {
        viewer,
        desk,
        ink: Ink::new(desk.budget, detail),
        now: Utc::now(),
        tz: query.tz,
    };
    let order = if query.oldest_first {
        "Oldest"
    } else {
        "Newest"
    };
    // The default span of time is not a condition of the reader: a removed one would come back.
    let stated = TrailQuery {
        since: query.since.filter(|_| !desk.is_bounded),
        ..(*query).clone()
    };
    let asked = Asked::of(&stated.to_string());
    let is_narrowed = query.conditions_as_text().next().is_some();
    let main = html! {
        h1 { (visible(title)) }
        p.zone { (order) " first. All times are in " (sheet.zone()) "." }
        (questions(viewer, query, desk, sheet.now))
        (chips(&stated))
        (form(&asked, desk.asking, &actions(viewer, desk, &page.entries), false))
        @if desk.is_bounded { (bound(query, sheet.now)) }
        @if page.entries.is_empty() {
            p.empty { (if page.ended_early() { "Nothing was found so far." } else if is_narrowed { "Nothing matches." } else { "Nothing is recorded." }) }
        }
        ol.timeline {
            @for entry in &page.entries { li { (sheet.ink.used_by(|| entry::article(&sheet, entry))) } }
        }
        @if page.ended_early() {
            p.note { "This page reached a limit of one request. The next page continues the search." }
        }
        (pages(timeline))
        @if desk.has_files { (files(query)) }
    };
    respond(viewer, desk.reader.as_ref(), StatusCode::OK, title, &main)
}

/// The actions to offer, each with its name: those of changes, those of the page, and those that are known to occur.
fn actions(viewer: &Viewer, desk: &Desk<'_>, entries: &[Entry]) -> Vec<(String, String)> {
    let changes = ["CREATE", "UPDATE", "DELETE"].into_iter();
    let of_page = entries.iter().map(|entry| &*entry.action);
    let known = desk.actions.iter().map(|action| &**action);
    let actions = changes.chain(of_page).chain(known);
    // An action with hidden characters is not offered.
    let actions: BTreeSet<_> = actions
        .filter(|action| spelled_out(action) == *action)
        .collect();
    let named = |action: &str| (action.to_owned(), viewer.names.event(action).into_owned());
    actions.into_iter().map(named).collect()
}

/// Links to files of all entries that the query finds.
fn files(query: &TrailQuery) -> Markup {
    let query = TrailQuery {
        after: None,
        limit: None,
        ..query.clone()
    };
    html! {
        nav.tools aria-label="Files" {
            span.label { "Take along, as" }
            // Relative to the page.
            @for (form, name) in [("csv", "CSV"), ("jsonl", "JSON lines"), ("print", "a page to print")] {
                a href={ "audit." (form) "?" (query) } { (name) }
            }
        }
    }
}

fn pages(timeline: &Timeline<'_>) -> Markup {
    let Timeline { page, query, .. } = timeline;
    let (first, next) = if query.oldest_first {
        ("← Oldest", "Newer →")
    } else {
        ("← Newest", "Older →")
    };
    html! {
        @if query.after.is_some() || page.next.is_some() {
            nav.pages aria-label="Pages" {
                @match query.after {
                    Some(_) => a href={ "?" (TrailQuery { after: None, ..(*query).clone() }) } { (first) },
                    None => span {},
                }
                @if let Some(cursor) = page.next {
                    a rel="next" href={ "?" ((*query).clone().after(cursor)) } { (next) }
                }
            }
        }
    }
}

pub(super) fn problem(
    viewer: &Viewer,
    desk: &Desk<'_>,
    problem: &Problem,
    asked: &Asked,
) -> Response<String> {
    let status = problem.status();
    let json = problem.to_json();
    let title = json["title"].as_str().unwrap_or("Error");
    let main = html! {
        h1 { (title) }
        @if let Json::String(detail) = &json["detail"] {
            p.problem role="alert" { (visible(detail)) }
        }
        // The form allows correcting an invalid query.
        @if status == StatusCode::BAD_REQUEST && desk.asking.has_form() { (form(asked, desk.asking, &actions(viewer, desk, &[]), true)) }
    };
    respond(viewer, desk.reader.as_ref(), status, title, &main)
}
