//! One read of the trail: the policy's decision, the page, and the event that records it.

use ::http::{StatusCode, request::Parts};

use super::{
    super::{
        Access, Problem, Reading, TrailQuery, context_of, problem::no_history,
        query::source_parameters,
    },
    Trail,
    subject::{Subject, asked},
};
use crate::{AuditContext, Budget, Cursor, Entry, Error, Event, History, Page};

/// A read that the policy allows: its entries, and the event that is to be recorded before they are shown.
pub(super) struct Allowed {
    pub(super) reader: AuditContext,
    pub(super) access: Access,
    #[cfg(feature = "axum")]
    pub(super) question: History,
    pub(super) page: Page,
    pub(super) event: Event,
}

impl Trail {
    pub(super) async fn read(
        &self,
        request: &Parts,
        subject: Subject<'_>,
        query: &TrailQuery,
    ) -> Result<Page, Problem> {
        let Allowed {
            reader,
            access,
            page,
            event,
            ..
        } = self.allowed(request, subject, query).await?;
        self.record(&reader, event.with("entries", page.entries.len()))
            .await?;
        Ok(Page {
            entries: shown(&access, page.entries),
            next: page.next,
        })
    }

    /// Asks the policy, and reads the first page. Records a read that is not allowed.
    pub(super) async fn allowed(
        &self,
        request: &Parts,
        subject: Subject<'_>,
        query: &TrailQuery,
    ) -> Result<Allowed, Problem> {
        let reader = context_of(request).await?;
        let reading = Reading {
            request,
            reader: &reader,
            entity_type: subject.entity_type.as_deref(),
            entity_id: subject.entity_id.as_deref(),
        };
        let mut access = self.0.policy.access(&reading).await?;
        if let Some(children) = &subject.children {
            let reading = Reading {
                entity_type: Some(children),
                entity_id: None,
                ..reading
            };
            access = access.and(self.0.policy.access(&reading).await?);
        }
        if !access.allowed {
            let tenant = access.tenant.or_else(|| reader.parts().tenant.clone());
            self.record_denied(&reader, &subject, query, tenant).await?;
            return Err(no_history());
        }
        let Some(history) = &subject.history else {
            return self.record_absent(&reader, &subject, query).await;
        };
        let question = match (subject.question)(query, history.clone(), &access) {
            Err(problem) if problem.status() == StatusCode::FORBIDDEN => {
                let tenant = access.tenant;
                self.record_denied(&reader, &subject, query, tenant).await?;
                return Err(problem);
            }
            question => question?,
        };
        let page = self.page(question.clone(), query.after, query.page_size());
        let page = page.await?;
        if page.entries.is_empty()
            && page.next.is_none()
            && !self.has_history(&subject, access.tenant.clone()).await?
        {
            // Unknown and hidden records give the same answer.
            return self.record_absent(&reader, &subject, query).await;
        }
        Ok(Allowed {
            event: subject.event(true).with("query", asked(query, &subject)),
            reader,
            access,
            #[cfg(feature = "axum")]
            question,
            page,
        })
    }

    pub(super) async fn page(
        &self,
        history: History,
        after: Option<Cursor>,
        limit: u64,
    ) -> Result<Page, Error> {
        self.page_within(history, after, limit, self.0.budget).await
    }

    pub(super) async fn page_within(
        &self,
        history: History,
        after: Option<Cursor>,
        limit: u64,
        budget: Budget,
    ) -> Result<Page, Error> {
        #[cfg(feature = "archive")]
        let history = match &self.0.archive {
            Some(archive) => history.across(archive),
            None => history,
        };
        (self.0.pages)(history, after, limit, budget).await
    }

    /// Whether the row has entries of this tenant, or may have some if the time was too short to know. Always `true`
    /// for anything but a row.
    async fn has_history(
        &self,
        subject: &Subject<'_>,
        tenant: Option<String>,
    ) -> Result<bool, Problem> {
        let Some(history) = subject.history.clone() else {
            return Ok(false);
        };
        if subject.entity_id.is_none() {
            return Ok(true);
        }
        let any = match tenant {
            Some(tenant) => history.tenant(tenant),
            None => history,
        };
        let page = self.page(any, None, 1).await?;
        Ok(!page.entries.is_empty() || page.next.is_some())
    }

    async fn record_denied(
        &self,
        reader: &AuditContext,
        subject: &Subject<'_>,
        query: &TrailQuery,
        tenant: Option<String>,
    ) -> Result<(), Problem> {
        if !self.0.records_reads {
            return Ok(());
        }
        let has_history = self.has_history(subject, tenant).await?;
        let event = subject.event(has_history).denied();
        self.record(reader, event.with("query", asked(query, subject)))
            .await
    }

    async fn record_absent(
        &self,
        reader: &AuditContext,
        subject: &Subject<'_>,
        query: &TrailQuery,
    ) -> Result<Allowed, Problem> {
        let event = subject.event(false).with("query", asked(query, subject));
        self.record(reader, event.with("entries", 0)).await?;
        Err(no_history())
    }

    pub(super) async fn record(&self, reader: &AuditContext, event: Event) -> Result<(), Problem> {
        if self.0.records_reads {
            self.0.recorder.record(reader.clone(), event).await?;
        }
        Ok(())
    }
}

/// The parts of these entries that the reader may see.
pub(super) fn shown(access: &Access, entries: Vec<Entry>) -> Vec<Entry> {
    let source: Vec<_> = source_parameters().collect();
    let entries = entries.into_iter();
    entries.map(|entry| access.show(entry, &source)).collect()
}
