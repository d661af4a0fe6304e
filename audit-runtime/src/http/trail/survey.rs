//! All entries of a span of time, passed on one by one, within the budget of one request.

use std::time::Instant;

use ::http::request::Parts;
use chrono::{DateTime, Utc};

use super::{
    super::{Problem, TrailQuery},
    Trail,
    read::{Allowed, shown},
};
use crate::{AuditContext, Budget, Entry};

/// The number of entries that are read at a time.
const PAGE: u64 = 200;

/// The result of a survey.
pub(in crate::http) struct Survey {
    pub(in crate::http) reader: AuditContext,
    /// The time of the last entry that the budget allowed, or now if it allowed none; `None` if all were read.
    pub(in crate::http) ended_at: Option<DateTime<Utc>>,
}

impl Trail {
    /// Passes on the entries of the whole log that a query finds and the reader may see. The budget's rows and time
    /// apply to all pages together, its bytes to each page, which is dropped before the next is read.
    pub(in crate::http) async fn survey(
        &self,
        request: &Parts,
        query: &TrailQuery,
        mut take: impl FnMut(&Entry) + Send,
    ) -> Result<Survey, Problem> {
        let start = Instant::now();
        let query = TrailQuery {
            limit: Some(PAGE),
            ..query.clone()
        };
        let Allowed {
            reader,
            access,
            question,
            mut page,
            event,
        } = self.allowed(request, self.whole(), &query).await?;
        let budget = self.0.budget;
        let mut taken = 0;
        let mut last = Utc::now();
        let ended_at = loop {
            taken += page.entries.len();
            for entry in shown(&access, page.entries) {
                take(&entry);
                last = entry.timestamp;
            }
            let Some(next) = page.next else { break None };
            let rows = budget.rows.saturating_sub(taken as u64);
            let left = Budget { rows, ..budget }.after(start.elapsed());
            if left.rows == 0 || left.time.is_zero() {
                break Some(last);
            }
            page = self
                .page_within(question.clone(), Some(next), PAGE, left)
                .await?;
        };
        let event = event.with("dashboard", true).with("entries", taken);
        self.record(&reader, event).await?;
        Ok(Survey { reader, ended_at })
    }
}
