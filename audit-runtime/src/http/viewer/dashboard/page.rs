//! The page of the dashboard.

use ::http::{Response, StatusCode};
use chrono::{DateTime, FixedOffset, Utc};
use maud::{Markup, html};

use super::{
    chart::chart,
    news::{Line, News, Topic},
    tally::{Counts, Row, Span, Tally},
};
use crate::{
    Actor, Outcome,
    http::{
        TrailQuery,
        trail::Survey,
        viewer::{
            Viewer,
            document::respond,
            sentence::actor,
            text::bounded,
            time::{Zone, ago, moment},
        },
    },
    schema::doctor::Finding,
};

/// The maximum number of lines about a topic, of actors and of findings.
const LINES: usize = 8;
const ACTORS: usize = 10;
const FINDINGS: usize = 20;

/// The maximum number of characters of a part of a finding.
const FINDING: usize = 500;

struct Board<'a> {
    viewer: &'a Viewer,
    span: &'a Span,
    now: DateTime<Utc>,
    tz: Option<FixedOffset>,
    zone: Zone,
}

pub(super) fn page(
    viewer: &Viewer,
    survey: &Survey,
    span: &Span,
    tally: &Tally,
    news: &News<'_>,
    now: DateTime<Utc>,
    tz: Option<FixedOffset>,
) -> Response<String> {
    let zone = Zone::of(&TrailQuery {
        tz,
        ..TrailQuery::default()
    });
    let board = Board {
        viewer,
        span,
        now,
        tz,
        zone,
    };
    let title = "Dashboard";
    let main = html! {
        h1 { (title) }
        p.zone { "All times are in " (zone) "." }
        (board.tools())
        @if let Some(since) = survey.ended_at {
            p.bound {
                "This page reached a limit of one request: it covers the time since "
                (moment(since, zone)) " " (zone) ". "
                a href=(board.search(TrailQuery { until: Some(since), ..TrailQuery::default() })) { "What came before" }
            }
        }
        h2 { "New in the last 24 hours" }
        div.board {
            @for topic in Topic::ALL {
                @if topic != Topic::Privileges || !viewer.privileges.is_empty() {
                    (board.topic(topic, &news.about(topic)))
                }
            }
            (findings(&(viewer.findings)()))
        }
        h2 { "The last " (days(span.days)) }
        (board.over_time(&tally.all))
        (board.by_actor(&tally.actors()))
    };
    let reader = Some(survey.reader.actor());
    respond(viewer, reader, StatusCode::OK, title, &main)
}

fn days(days: i64) -> String {
    match days {
        1 => "24 hours".to_owned(),
        days => format!("{days} days"),
    }
}

impl Board<'_> {
    /// The address of the entries that a query finds.
    fn search(&self, query: TrailQuery) -> String {
        let query = TrailQuery {
            tz: self.tz,
            ..query
        };
        match &*self.viewer.log {
            // Next to this page.
            "" => format!("../audit?{query}"),
            log => format!("{log}?{query}"),
        }
    }

    fn tools(&self) -> Markup {
        let zone = TrailQuery {
            tz: self.tz,
            ..TrailQuery::default()
        };
        html! {
            nav.tools aria-label="Questions" {
                span.label { "Last" }
                @for known in Span::all_days() {
                    a href={ "?days=" (known) @if self.tz.is_some() { "&" (zone) } }
                        aria-current=[(known == self.span.days).then_some("true")] { (days(known)) }
                }
                a href=(self.search(TrailQuery::default())) { "The whole log" }
                @for (text, question) in &self.viewer.questions { a href=(self.search(question.clone())) { (text) } }
            }
        }
    }

    fn topic(&self, topic: Topic, lines: &[&Line]) -> Markup {
        html! {
            section.card {
                h3 { (topic.title()) }
                @if lines.is_empty() { p.zone { "Nothing." } }
                ul {
                    @for line in lines.iter().take(LINES) {
                        li {
                            a href=(self.search(line.query.clone())) { (line.text) }
                            " " span.ago {
                                @if line.count > 1 { (line.count) " times, last " }
                                (ago(line.newest, self.now).unwrap_or_default())
                                @if topic != Topic::Refused { " by " (actor(&line.actor)) }
                            }
                        }
                    }
                }
                @if let Some(more) = lines.len().checked_sub(LINES).filter(|more| *more > 0) {
                    p.zone { "and " (more) " more" }
                }
            }
        }
    }

    fn over_time(&self, row: &Row) -> Markup {
        let all = row.counts.all();
        let label = format!(
            "{all} entries over time, of which {} were denied and {} failed; the numbers are in the table below",
            row.counts.denied, row.counts.failure
        );
        let (start, _) = self.span.column(0);
        html! {
            figure {
                (chart(row, &label))
                div.axis { (moment(start, self.zone)) span { "now" } }
                figcaption {
                    span.key.success { "succeeded" } " " span.key.denied { "denied" } " " span.key.failure { "failed" }
                }
            }
            details.detail {
                summary { "The numbers, with links to the entries" }
                table {
                    thead { tr { th scope="col" { "From" } (heads()) } }
                    tbody {
                        @for (index, counts) in row.columns.iter().enumerate().rev() {
                            @let (from, until) = self.span.column(index);
                            tr {
                                th scope="row" { (moment(from, self.zone)) }
                                (self.numbers(*counts, &TrailQuery {
                                    since: Some(from),
                                    // A clock that is ahead counts as now.
                                    until: (index + 1 < self.span.columns).then_some(until),
                                    ..TrailQuery::default()
                                }))
                            }
                        }
                    }
                }
            }
        }
    }

    fn by_actor(&self, actors: &[&(Actor, Row)]) -> Markup {
        html! {
            table {
                caption { "By actor" }
                thead { tr { th scope="col" { "Actor" } th.over scope="col" { "Over time" } (heads()) } }
                tbody {
                    @for (who, row) in actors.iter().take(ACTORS) {
                        @let query = TrailQuery {
                            actor: Some(who.clone()),
                            since: Some(self.span.start),
                            ..TrailQuery::default()
                        };
                        @let label = format!("{} entries over time", row.counts.all());
                        tr {
                            th scope="row" { a href=(self.search(query.clone())) { (actor(who)) } }
                            td.over { (chart(row, &label)) }
                            (self.numbers(row.counts, &query))
                        }
                    }
                }
            }
            @if let Some(more) = actors.len().checked_sub(ACTORS).filter(|more| *more > 0) {
                p.zone { "and " (more) " actors more" }
            }
        }
    }

    /// The numbers, each linked to its entries.
    fn numbers(&self, counts: Counts, query: &TrailQuery) -> Markup {
        let numbers = [
            (counts.all(), None),
            (counts.success, Some(Outcome::Success)),
            (counts.denied, Some(Outcome::Denied)),
            (counts.failure, Some(Outcome::Failure)),
        ];
        html! {
            @for (number, outcome) in numbers {
                td.number {
                    @match number {
                        0 => "0",
                        _ => a href=(self.search(TrailQuery { outcome, ..query.clone() })) { (number) },
                    }
                }
            }
        }
    }
}

fn heads() -> Markup {
    html! { @for head in ["All", "Succeeded", "Denied", "Failed"] { th.number scope="col" { (head) } } }
}

/// The findings of the doctor, if the application has any.
fn findings(findings: &[Finding]) -> Markup {
    let short = |text: &str| bounded(text, FINDING);
    html! {
        @if !findings.is_empty() {
            section.card {
                h3 { "The doctor found" }
                ul {
                    @for finding in findings.iter().take(FINDINGS) {
                        li {
                            strong { (finding.severity) } " " (finding.code) ": "
                            (short(&finding.object)) " " (short(&finding.what)) ". "
                            span.ago { (short(&finding.why)) "." }
                        }
                    }
                }
                @if let Some(more) = findings.len().checked_sub(FINDINGS).filter(|more| *more > 0) {
                    p.zone { "and " (more) " more" }
                }
            }
        }
    }
}
