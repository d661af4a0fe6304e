//! All entries that a query finds, page by page.

use ::http::request::Parts;
use futures_util::stream::{Stream, try_unfold};

use super::{
    super::{Access, Problem, TrailQuery, query::bad_request},
    Trail,
    read::{Allowed, shown},
    subject::Subject,
};
use crate::{
    Cursor, Entry, History, Page,
    audited::{Audited, AuditedColumn},
};

/// The number of entries that are read at a time.
const PAGE: u64 = 200;

/// An export that the policy allows, with its first page.
pub(in crate::http) struct Export {
    #[cfg(feature = "viewer")]
    pub(in crate::http) reader: crate::AuditContext,
    trail: Trail,
    access: Access,
    question: History,
    first: Page,
}

impl Trail {
    /// Exports the history of one row.
    pub(in crate::http) async fn export_row<E: Audited<Column: AuditedColumn>>(
        &self,
        request: &Parts,
        id: &str,
        query: &TrailQuery,
        form: &str,
    ) -> Result<Export, Problem> {
        self.export(request, self.row::<E>(id), query, form).await
    }

    /// Exports the history of all rows of an entity.
    pub(in crate::http) async fn export_rows<E: Audited<Column: AuditedColumn>>(
        &self,
        request: &Parts,
        query: &TrailQuery,
        form: &str,
    ) -> Result<Export, Problem> {
        self.export(request, Subject::rows::<E>(), query, form)
            .await
    }

    /// Exports the whole log.
    pub(in crate::http) async fn export_log(
        &self,
        request: &Parts,
        query: &TrailQuery,
        form: &str,
    ) -> Result<Export, Problem> {
        let query = self.resolved(query);
        self.export(request, self.whole(), &query, form).await
    }

    /// Begins an export. It is recorded even if reads are not, and also if it is refused.
    async fn export(
        &self,
        request: &Parts,
        subject: Subject<'_>,
        query: &TrailQuery,
        form: &str,
    ) -> Result<Export, Problem> {
        if query.limit.is_some() {
            let detail = "an export contains all entries that are found: remove `limit`";
            return Err(bad_request(detail.to_owned()));
        }
        let recording = self.clone().recording_reads();
        let Allowed {
            reader,
            access,
            question,
            page,
            event,
        } = recording.allowed(request, subject, query).await?;
        let event = event.with("export", form);
        self.0.recorder.record(reader.clone(), event).await?;
        Ok(Export {
            #[cfg(feature = "viewer")]
            reader,
            trail: self.clone(),
            access,
            question,
            first: page,
        })
    }
}

enum Next {
    Page(Page),
    After(Cursor),
}

impl Export {
    /// The entries that the reader may see. A page is read when the previous one is taken.
    pub(in crate::http) fn pages(
        self,
    ) -> impl Stream<Item = Result<Vec<Entry>, Problem>> + Send + 'static {
        let Self {
            trail,
            access,
            question,
            first,
            ..
        } = self;
        try_unfold(Some(Next::Page(first)), move |next| {
            let (trail, question, access) = (trail.clone(), question.clone(), access.clone());
            async move {
                let page = match next {
                    None => return Ok(None),
                    Some(Next::Page(page)) => page,
                    Some(Next::After(cursor)) => trail.page(question, Some(cursor), PAGE).await?,
                };
                Ok(Some((
                    shown(&access, page.entries),
                    page.next.map(Next::After),
                )))
            }
        })
    }
}
