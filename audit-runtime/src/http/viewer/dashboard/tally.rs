//! Entries counted by time, outcome and actor.

use std::collections::HashMap;

use chrono::{DateTime, FixedOffset, SubsecRound, TimeDelta, Utc};

use crate::{
    Actor, Entry, Outcome,
    http::{Problem, TrailQuery, query::bad_request, viewer::time::Zone},
};

/// The days that a dashboard can cover, with their columns, and the hours of each.
const SPANS: [(i64, usize, i64); 3] = [(1, 24, 1), (7, 28, 6), (30, 30, 24)];

/// The time that is covered, in columns of equal width that begin at full hours or days of its zone.
#[derive(Clone, Debug)]
pub(super) struct Span {
    pub(super) days: i64,
    pub(super) start: DateTime<Utc>,
    pub(super) width: TimeDelta,
    pub(super) columns: usize,
    /// The time since which an entry is new.
    pub(super) news: DateTime<Utc>,
}

impl Span {
    pub(super) const WEEK: i64 = 7;

    pub(super) fn all_days() -> impl Iterator<Item = i64> {
        SPANS.into_iter().map(|(days, ..)| days)
    }

    pub(super) fn days(text: &str) -> Result<i64, Problem> {
        let days = text.parse().ok();
        let days = days.filter(|days| Self::all_days().any(|known| known == *days));
        days.ok_or_else(|| bad_request("`days` is 1, 7 or 30".to_owned()))
    }

    pub(super) fn of(days: i64, now: DateTime<Utc>, tz: Option<FixedOffset>) -> Self {
        let span = SPANS.into_iter().find(|(known, ..)| *known == days);
        let (days, columns, hours) = span.unwrap_or(SPANS[1]);
        let width = TimeDelta::hours(hours);
        let zone = Zone::of(&TrailQuery {
            tz,
            ..TrailQuery::default()
        });
        let into_column = (now.timestamp() + zone.seconds()).rem_euclid(width.num_seconds());
        let last = now.trunc_subsecs(0) - TimeDelta::seconds(into_column);
        Self {
            days,
            start: last - width * (columns as i32 - 1),
            width,
            columns,
            news: (now - TimeDelta::days(1)).trunc_subsecs(0),
        }
    }

    /// The start and the end of a column.
    pub(super) fn column(&self, index: usize) -> (DateTime<Utc>, DateTime<Utc>) {
        let start = self.start + self.width * index as i32;
        (start, start + self.width)
    }

    fn index(&self, time: DateTime<Utc>) -> Option<usize> {
        let seconds = (time - self.start).num_seconds();
        let index = seconds.div_euclid(self.width.num_seconds());
        // A clock that is ahead counts as now.
        usize::try_from(index)
            .ok()
            .map(|index| index.min(self.columns - 1))
    }
}

/// The numbers of entries by outcome.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) success: usize,
    pub(super) denied: usize,
    pub(super) failure: usize,
    unknown: usize,
}

impl Counts {
    pub(super) fn all(self) -> usize {
        self.success + self.denied + self.failure + self.unknown
    }

    fn add(&mut self, outcome: Outcome) {
        *match outcome {
            Outcome::Success => &mut self.success,
            Outcome::Denied => &mut self.denied,
            Outcome::Failure => &mut self.failure,
            Outcome::Unknown => &mut self.unknown,
        } += 1;
    }
}

/// The entries of one actor, or of all.
#[derive(Clone, Debug)]
pub(super) struct Row {
    pub(super) counts: Counts,
    pub(super) columns: Vec<Counts>,
}

impl Row {
    fn new(span: &Span) -> Self {
        Self {
            counts: Counts::default(),
            columns: vec![Counts::default(); span.columns],
        }
    }

    fn add(&mut self, index: usize, outcome: Outcome) {
        self.counts.add(outcome);
        self.columns[index].add(outcome);
    }
}

#[derive(Debug)]
pub(super) struct Tally {
    pub(super) all: Row,
    /// By the short form of the actor, with the name of the newest entry.
    actors: HashMap<String, (Actor, Row)>,
}

impl Tally {
    pub(super) fn new(span: &Span) -> Self {
        Self {
            all: Row::new(span),
            actors: HashMap::new(),
        }
    }

    pub(super) fn add(&mut self, span: &Span, entry: &Entry) {
        let Some(index) = span.index(entry.timestamp) else {
            return;
        };
        self.all.add(index, entry.outcome);
        let (_, row) = self
            .actors
            .entry(entry.actor.short_form())
            .or_insert_with(|| (entry.actor.clone(), Row::new(span)));
        row.add(index, entry.outcome);
    }

    /// The actors with the most entries first.
    pub(super) fn actors(&self) -> Vec<&(Actor, Row)> {
        let mut actors: Vec<_> = self.actors.iter().collect();
        actors.sort_by_key(|(form, (_, row))| (std::cmp::Reverse(row.counts.all()), *form));
        actors.into_iter().map(|(_, actor)| actor).collect()
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, FixedOffset, Utc};

    use super::{SPANS, Span};

    #[test]
    fn columns_begin_at_full_hours_of_the_zone_and_end_with_now() {
        let now: DateTime<Utc> = "2026-11-23T11:05:26.399Z".parse().unwrap();
        for (days, columns, _) in SPANS {
            for offset in [0, 5400, -3600 * 11] {
                let zone = FixedOffset::east_opt(offset).unwrap();
                let span = Span::of(days, now, Some(zone));
                assert_eq!(span.columns, columns);
                assert_eq!(span.index(now), Some(columns - 1));
                assert_eq!(span.index(span.start), Some(0));
                assert_eq!(span.index(span.start - chrono::TimeDelta::seconds(1)), None);
                let local = span.start.with_timezone(&zone);
                let format = if days == 30 { "%H:%M:%S" } else { "00:%M:%S" };
                assert_eq!(local.format(format).to_string(), "00:00:00");
            }
        }
    }
}
