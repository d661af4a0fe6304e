//! The page to print: the query, its reader and its time, and all entries with all their facts.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use ::http::StatusCode;
use axum::{body::Body, response::Response};
use chrono::{FixedOffset, Utc};
use futures_util::{StreamExt, stream};
use maud::{Markup, PreEscaped, html};

use super::{
    Desk, Detail, Sheet, Viewer,
    document::respond,
    entry,
    form::label,
    ink::Ink,
    text::visible,
    time::{Zone, exact},
};
use crate::{
    Entry,
    history::Named,
    http::{TrailQuery, export::written, trail::Export},
};

/// The place of the entries in the document. Escaped text cannot contain it.
const ENTRIES: &str = "<!--entries-->";

/// Writes the document while its entries are read.
pub(super) fn print(viewer: Viewer, title: &str, query: &TrailQuery, export: Export) -> Response {
    let actor = export.reader.actor();
    let (tz, zone) = (query.tz, Zone::of(query));
    let main = html! {
        h1 { (visible(title)) }
        dl.told {
            (fact("Question", &question(query)))
            (fact("Reader", &html! { (format!("{:#}", Named::actor(actor))) }))
            (fact("Read at", &html! { (exact(Utc::now(), zone)) }))
            (fact("Time zone", &html! { "All times are in " (zone) "." }))
        }
        ol.timeline { (PreEscaped(ENTRIES)) }
    };
    let (head, body) = respond(&viewer, None, StatusCode::OK, title, &main).into_parts();
    let (before, after) = body.split_once(ENTRIES).unwrap_or((&body, ""));
    let (before, after) = (before.to_owned(), after.to_owned());
    let count = Arc::new(AtomicUsize::new(0));
    let counted = count.clone();
    let entries = written(export, move |entries| {
        counted.fetch_add(entries.len(), Ordering::Relaxed);
        articles(&viewer, tz, &entries)
    });
    let end = stream::once(async move {
        let count = count.load(Ordering::Relaxed);
        let end = html! { p.note { "The end: " (count) " entries." } };
        // The last line shows that no entry is missing.
        Ok(after.replacen("</ol>", &format!("</ol>{}", end.0), 1))
    });
    let chunks = stream::iter([Ok(before)]).chain(entries).chain(end);
    Response::from_parts(head, Body::from_stream(chunks))
}

fn articles(viewer: &Viewer, tz: Option<FixedOffset>, entries: &[Entry]) -> String {
    // Links lead to the page that this document prints.
    let desk = &Desk {
        log: "audit",
        ..viewer.desk(&[])
    };
    let sheet = Sheet {
        viewer,
        desk,
        ink: Ink::new(viewer.budget, Detail::Whole),
        now: Utc::now(),
        tz,
    };
    let articles = html! {
        @for entry in entries { li { (sheet.ink.used_by(|| entry::article(&sheet, entry))) } }
    };
    articles.into_string()
}

fn question(query: &TrailQuery) -> Markup {
    let conditions: Vec<_> = query.conditions_as_text().collect();
    html! {
        @if conditions.is_empty() { "everything" }
        @for (index, (name, value)) in conditions.iter().enumerate() {
            @if index > 0 { "; " }
            (label(name)) ": " bdi { (visible(value)) }
        }
        @if query.after.is_some() { " (after an entry)" }
    }
}

fn fact(name: &str, value: &Markup) -> Markup {
    html! { div { dt { (name) } dd { (value) } } }
}
