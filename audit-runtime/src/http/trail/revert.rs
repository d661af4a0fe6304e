//! The revert of a change by a reader.

use ::http::{StatusCode, request::Parts};

use super::{
    super::{Problem, TrailQuery, problem::no_history, record::Record},
    Trail,
    read::{Allowed, shown},
};
use crate::{
    AuditContext, Entry, Error, Inverse,
    audited::{Audited, AuditedColumn, Patch},
};

/// The number of later entries that are shown.
const LATER: u64 = 20;

/// A change that may be reverted.
pub(in crate::http) struct Reversible<P: Patch> {
    pub(in crate::http) reader: AuditContext,
    pub(in crate::http) inverse: Inverse<P>,
    /// The change, and the first entries of the row since.
    pub(in crate::http) entries: Vec<Entry>,
}

impl Trail {
    /// Returns the inverse of an entry's change, if the policy lets the reader revert it. The read is recorded like any
    /// other, and as denied if it is not allowed.
    pub(in crate::http) async fn reversible<P>(
        &self,
        request: &Parts,
        id: &str,
        entry: i64,
    ) -> Result<Reversible<P>, Problem>
    where
        P: Patch<Entity: Audited<Column: AuditedColumn>>,
    {
        let everything = TrailQuery::default();
        let Allowed {
            reader,
            access,
            event,
            ..
        } = self
            .allowed(request, self.row::<P::Entity>(id), &everything)
            .await?;
        let event = event.with("revert_of", entry);
        let backend = self.0.recorder.backend;
        let record = Record::of::<P::Entity>(id, backend).ok_or_else(no_history)?;
        let mut question = record.history::<P::Entity>().after_id(entry - 1);
        if let Some(tenant) = &access.tenant {
            question = question.tenant(tenant);
        }
        let page = self.page(question, None, 1 + LATER).await?;
        if page.entries.is_empty() && page.ended_early() {
            return Err(Error::BudgetSpent("the entry").into());
        }
        let first = page.entries.first().filter(|first| first.id == entry);
        let first = first.ok_or_else(no_history)?;
        let is_hidden = |(field, _): (&str, _)| match &first.entity_type {
            Some(entity_type) => access.redacts(entity_type, Some(field)),
            None => false,
        };
        if !access.reverts || first.changes.iter().any(is_hidden) {
            self.record(&reader, event.denied()).await?;
            let detail = "you may not put this change back";
            return Err(Problem::new(StatusCode::FORBIDDEN).detail(detail));
        }
        let inverse = first.inverse::<P>()?;
        self.record(&reader, event).await?;
        Ok(Reversible {
            reader,
            inverse,
            entries: shown(&access, page.entries),
        })
    }
}
