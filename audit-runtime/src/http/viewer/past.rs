//! The pages of a record as it was: right after an entry, and the difference of two entries.

use ::http::{Response, StatusCode};
use maud::{Markup, html};

use super::{
    Detail, Viewer,
    document::respond,
    ink::Ink,
    mounted::Mount,
    text::visible,
    value::{change, plain},
};
use crate::{
    Actor, Budget,
    changes::Change,
    http::trail::{State, Then},
};

/// A record after one entry, or after two.
pub(super) struct Record<'a> {
    pub(super) entity_type: &'a str,
    pub(super) id: &'a str,
    pub(super) entries: &'a [i64],
    pub(super) states: &'a [State],
    pub(super) reverts: bool,
    pub(super) budget: Budget,
}

pub(super) fn page(
    viewer: &Viewer,
    reader: Option<&Actor>,
    record: &Record<'_>,
) -> Response<String> {
    let ink = &Ink::new(record.budget, Detail::Whole);
    let name = format!("{} {}", record.entity_type, record.id);
    let (title, fields) = match (record.entries, record.states) {
        ([from, to], [before, after]) => (
            format!("{name}: from entry {from} to entry {to}"),
            difference(viewer, record, before, after, ink),
        ),
        (entries, states) => (
            format!(
                "{name}, right after entry {}",
                entries.first().unwrap_or(&0)
            ),
            state(viewer, record, states.first().unwrap_or(&None), ink),
        ),
    };
    let main = html! {
        h1 { (visible(&title)) }
        p.zone { a href="../audit" { "All entries of this record" } }
        (fields)
        @let offers_revert = record.reverts && viewer.mounted.has(Mount::Reverts, record.entity_type);
        @if let ([entry], true) = (record.entries, offers_revert) {
            p { a href={ (entry) "/revert" } { "Put this change back" } }
        }
        form.compare method="get" {
            label { "Compare with entry" input type="number" name="with" min="1" required; }
            button { "Compare" }
        }
    };
    respond(viewer, reader, StatusCode::OK, &title, &main)
}

fn state(viewer: &Viewer, record: &Record<'_>, state: &State, ink: &Ink) -> Markup {
    let Some(fields) = state else {
        return html! { p.empty { "There was no such record then." } };
    };
    html! {
        dl.changes {
            @for (field, then) in fields {
                (row(viewer, record, field, &html! {
                    @match then {
                        Then::Known(value) => (plain(value, ink)),
                        Then::Unknown(reason) => em.none { "unknown: " (reason) },
                    }
                }))
            }
        }
    }
}

/// The fields that differ, and those that may differ.
fn difference(
    viewer: &Viewer,
    record: &Record<'_>,
    before: &State,
    after: &State,
    ink: &Ink,
) -> Markup {
    let of = |state: &State, field: &str| {
        let mut fields = state.iter().flatten();
        fields
            .find(|(name, _)| *name == field)
            .map(|(_, then)| then.clone())
    };
    let known = |then: Option<Then>| match then {
        Some(Then::Known(value)) => Some(value),
        _ => None,
    };
    let fields: Vec<_> = before
        .iter()
        .chain(after)
        .next()
        .into_iter()
        .flatten()
        .collect();
    let differs = |field: &str| of(before, field) != of(after, field);
    html! {
        @if !fields.iter().any(|(field, _)| differs(field)) {
            p.empty { "Nothing is known to differ." }
        }
        dl.changes {
            @for (field, _) in fields {
                @let (then, now) = (of(before, field), of(after, field));
                @let unknown = [&then, &now].into_iter().find_map(|then| match then {
                    Some(Then::Unknown(reason)) => Some(reason.clone()),
                    _ => None,
                });
                @if let Some(reason) = unknown {
                    (row(viewer, record, field, &html! { em.none { "unknown: " (reason) } }))
                } @else if then != now {
                    @let both = Change { before: known(then), after: known(now) };
                    (row(viewer, record, field, &change(&both, ink)))
                }
            }
        }
    }
}

fn row(viewer: &Viewer, record: &Record<'_>, field: &str, value: &Markup) -> Markup {
    let name = viewer.names.field(Some(record.entity_type), field);
    html! { div { dt { (visible(&name)) } dd { (value) } } }
}
