//! Pages that show the trail to people, rendered on the server: one document each, without scripts, and nothing loaded
//! from anywhere.
//!
//! Everything in them is escaped, characters that do not show are spelled out, and a strict `Content-Security-Policy`
//! goes with every page. Times are in UTC.

mod diff;
mod document;
mod entry;
mod filter;
mod text;
mod value;

use ::http::{Response, StatusCode};
use maud::{Markup, html};

use self::{filter::Filter, text::visible};
use crate::{Entry, Page};

/// What the pages say besides the trail: the name of the site, and where else one can go.
#[derive(Clone, Debug)]
pub struct Viewer {
    site: String,
    links: Vec<(String, String)>,
}

/// How much of a value is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// Enough to know what happened.
    Short,
    /// All of it, up to a hundred thousand characters.
    Whole,
}

impl Viewer {
    /// Pages of the site of this name.
    pub fn new(site: impl Into<String>) -> Self {
        Self {
            site: site.into(),
            links: Vec::new(),
        }
    }

    /// Adds a link to the head of every page, such as the one back to the application.
    #[must_use]
    pub fn link(mut self, text: impl Into<String>, address: impl Into<String>) -> Self {
        self.links.push((text.into(), address.into()));
        self
    }
}

/// One page of a trail.
struct Timeline<'a> {
    title: &'a str,
    page: &'a Page,
    filter: &'a Filter,
    /// The fields to filter by.
    fields: &'a [&'a str],
    is_first: bool,
}

fn timeline(viewer: &Viewer, timeline: &Timeline<'_>) -> Response<String> {
    let main = html! {
        h1 { (visible(timeline.title)) }
        p.zone { "Newest first. All times are in UTC." }
        (filter::form(timeline.filter, timeline.fields))
        @if timeline.page.entries.is_empty() {
            p.empty { (if timeline.filter.is_empty() { "Nothing is recorded." } else { "Nothing matches." }) }
        }
        ol.timeline {
            @for entry in &timeline.page.entries {
                li { (entry::article(entry, Detail::Short)) }
            }
        }
        (pages(timeline))
    };
    document::respond(viewer, StatusCode::OK, timeline.title, &main)
}

fn pages(timeline: &Timeline<'_>) -> Markup {
    html! {
        @if !timeline.is_first || timeline.page.next.is_some() {
            nav.pages aria-label="Pages" {
                @if timeline.is_first {
                    span {}
                } @else {
                    a href=(timeline.filter.address(None)) { "← Newest" }
                }
                @if let Some(next) = timeline.page.next {
                    a rel="next" href=(timeline.filter.address(Some(next))) { "Older →" }
                }
            }
        }
    }
}

fn single(viewer: &Viewer, title: &str, entry: &Entry) -> Response<String> {
    let main = html! {
        p { a href="?" { "← " (visible(title)) } }
        h1 { "Entry " (entry.id) }
        p.zone { "All times are in UTC." }
        (entry::article(entry, Detail::Whole))
    };
    document::respond(
        viewer,
        StatusCode::OK,
        &format!("Entry {} · {title}", entry.id),
        &main,
    )
}

#[cfg(test)]
mod tests;
