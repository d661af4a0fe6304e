//! The routes of one field of a record: every value that it had, with its time.

use std::time::Instant;

use ::http::{Response as Plain, StatusCode, request::Parts};
use axum::{
    Router,
    extract::{Request, State},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::Utc;
use maud::{Markup, html};

use super::{
    Detail, Viewer,
    document::respond,
    ink::Ink,
    route::{Pages, asked, id_and, rendered},
    sentence::actor,
    text::{bounded, visible},
    time::{Zone, ago, moment},
    value::plain,
};
use crate::{
    Actor, Budget, Entry, Page,
    audited::{Audited, AuditedColumn, entity_type::entity_type, names::field_names},
    changes::Change,
    encode::Encoded,
    http::{
        Problem, Trail, TrailQuery, context_of,
        problem::no_history,
        query::{bad_request, column_of},
        routes::segment,
    },
};

/// The maximum number of characters of a reason.
const REASON: usize = 200;

/// The routes next to the history of a record.
pub(super) fn field_pages<E: Audited<Column: AuditedColumn>>(
    trail: &Trail,
    viewer: &Viewer,
) -> Router {
    let path = format!("/{}/{{id}}/audit/fields/{{field}}", segment::<E>());
    Router::new()
        .route(&path, get(field::<E>))
        .with_state((trail.clone(), viewer.clone()))
}

/// A field of a record, with the entries that changed it.
struct Values {
    title: String,
    entity_type: String,
    /// The names that the field has had.
    names: Vec<&'static str>,
    page: Page,
    query: TrailQuery,
    reader: Option<Actor>,
    budget: Budget,
}

async fn field<E: Audited<Column: AuditedColumn>>(
    State((trail, viewer)): State<Pages>,
    request: Request,
) -> Response {
    let start = Instant::now();
    let (mut parts, _) = request.into_parts();
    match read::<E>(&trail, &viewer, &mut parts, start).await {
        Ok(values) => rendered(move || page(&viewer, &values)).await,
        Err(problem) => viewer.refuse(&problem).into_response(),
    }
}

async fn read<E: Audited<Column: AuditedColumn>>(
    trail: &Trail,
    viewer: &Viewer,
    parts: &mut Parts,
    start: Instant,
) -> Result<Values, Problem> {
    let (id, field) = id_and(parts, "field").await.ok_or_else(no_history)?;
    let column = column_of::<E>(&field)?;
    let query: TrailQuery = asked(parts).parse()?;
    if query.oldest_first || query.conditions_as_text().next().is_some() {
        let detail = "the values of a field take only `after`, `limit` and `tz`";
        return Err(bad_request(detail.to_owned()));
    }
    let changes = TrailQuery {
        changed: Some(field.clone()),
        ..query.clone()
    };
    let page = trail.history_of::<E>(parts, &id, &changes).await?;
    let name = trail.present_name::<E>(parts, &id).await?.unwrap_or(id);
    let entity_type = entity_type::<E>().into_owned();
    let field_name = viewer.names.field(Some(&entity_type), &field);
    Ok(Values {
        title: format!("{field_name} of {entity_type} {name}"),
        names: field_names::<E>(column),
        entity_type,
        page,
        query,
        budget: viewer.left(trail, start),
        reader: context_of(parts)
            .await
            .ok()
            .map(|reader| reader.actor().clone()),
    })
}

fn page(viewer: &Viewer, values: &Values) -> Plain<String> {
    let Values {
        title,
        page,
        query,
        reader,
        ..
    } = values;
    let ink = &Ink::new(values.budget, Detail::Short);
    let zone = Zone::of(query);
    let entries = page.entries.iter();
    let changes: Vec<_> = entries
        .filter_map(|entry| Some((entry, values.change_in(entry)?)))
        .collect();
    let main = html! {
        h1 { (visible(title)) }
        p.zone {
            "The present value first. All times are in " (zone) ". "
            a href={ "../../audit?" (TrailQuery { tz: query.tz, ..TrailQuery::default() }) } { "All entries of this record" }
        }
        @if changes.is_empty() { p.empty { "No entry changed it." } }
        table.values {
            thead { tr { th scope="col" { "Value" } th scope="col" { "Since" } th scope="col" { "Until" } th scope="col" { "By" } } }
            tbody {
                @for (index, (entry, change)) in changes.iter().enumerate() {
                    @let next = index.checked_sub(1).and_then(|newer| changes.get(newer));
                    (values.row(viewer, entry, change, next.map(|(newer, _)| *newer), ink))
                }
                @if let (Some((oldest, change)), None) = (changes.last(), page.next) {
                    @if let Some(before) = &change.before {
                        tr {
                            td { (values.value(viewer, before, ink)) }
                            td data-name="Since" { "before the first entry" }
                            td data-name="Until" { (moment(oldest.timestamp, zone)) }
                            td {}
                        }
                    }
                }
            }
        }
        @if let Some(cursor) = page.next {
            nav.pages aria-label="Pages" { span {} a rel="next" href={ "?" (query.clone().after(cursor)) } { "Older →" } }
        }
    };
    respond(viewer, reader.as_ref(), StatusCode::OK, title, &main)
}

impl Values {
    fn change_in<'a>(&self, entry: &'a Entry) -> Option<&'a Change> {
        let mut changes = entry.changes.iter();
        let (_, change) = changes.find(|(field, _)| self.names.contains(field))?;
        Some(change)
    }

    fn row(
        &self,
        viewer: &Viewer,
        entry: &Entry,
        change: &Change,
        newer: Option<&Entry>,
        ink: &Ink,
    ) -> Markup {
        let zone = Zone::of(&self.query);
        let alone = TrailQuery {
            changeset: Some(entry.changeset_id),
            tz: self.query.tz,
            ..TrailQuery::default()
        };
        ink.used_by(|| html! {
            tr {
                td {
                    @match &change.after {
                        Some(after) => (self.value(viewer, after, ink)),
                        None => em.none { "the record was gone" },
                    }
                }
                td data-name="Since" {
                    a href={ "../../audit?" (alone) "#entry-" (entry.id) } { (moment(entry.timestamp, zone)) }
                    @if let Some(ago) = ago(entry.timestamp, Utc::now()) { " " span.ago { (ago) } }
                }
                td data-name="Until" {
                    @match newer {
                        Some(newer) => (moment(newer.timestamp, zone)),
                        None if self.query.after.is_some() => "",
                        None => "now",
                    }
                }
                td data-name="By" {
                    (actor(&entry.actor))
                    @if let Some(reason) = &entry.reason { " " span.reason { "Reason: " bdi { (bounded(reason, REASON)) } } }
                }
            }
        })
    }

    fn value(&self, viewer: &Viewer, value: &Encoded, ink: &Ink) -> Markup {
        let name = match (value, self.names.first()) {
            (Encoded::Plain(json), Some(field)) => {
                viewer.names.value(Some(&self.entity_type), field, json)
            }
            _ => None,
        };
        match name {
            Some(name) => html! { (visible(&name)) },
            None => plain(value, ink),
        }
    }
}
