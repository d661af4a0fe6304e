//! The contents of a page other than its entries. They are part of the read that the page records.

use ::http::request::Parts;

use super::{
    super::{Access, Problem, Reading, TrailQuery, context_of, record::Record},
    Trail,
    subject::Subject,
};
use crate::{
    AuditContext, Error, Page,
    audited::{
        Audited, AuditedColumn, Child, ColumnOf, entity_type::entity_type, names::field_names,
    },
    encode::Encoded,
};

/// The maximum number of offered actions.
const ACTIONS: usize = 40;

impl Trail {
    /// The access of this reader to the whole log; `None` if it is denied. Reads nothing, and records nothing.
    pub(in crate::http) async fn access_to_log(
        &self,
        request: &Parts,
        reader: &AuditContext,
    ) -> Option<Access> {
        let reading = Reading {
            request,
            reader,
            entity_type: None,
            entity_id: None,
        };
        let access = self.0.policy.access(&reading).await.ok()?;
        access.allowed.then_some(access)
    }

    /// Returns a page of the history of a row and of its children.
    pub(in crate::http) async fn family_of<E, C>(
        &self,
        request: &Parts,
        id: &str,
        query: &TrailQuery,
    ) -> Result<Page, Problem>
    where
        E: Audited<Column: AuditedColumn>,
        C: Child,
    {
        let family = Subject::family::<E, C>(id, self.0.recorder.backend);
        self.read(request, family, query).await
    }

    /// The actions that occur in the log, for readers of the whole log.
    pub(in crate::http) async fn actions(&self) -> Result<Vec<String>, Error> {
        (self.0.actions)(ACTIONS).await
    }

    /// The present or last name of a row, from the latest change of it.
    pub(in crate::http) async fn present_name<E: Audited<Column: AuditedColumn>>(
        &self,
        request: &Parts,
        id: &str,
    ) -> Result<Option<String>, Problem> {
        let record = Record::of::<E>(id, self.0.recorder.backend);
        let (Some(label), Some(record)) = (E::label(), record) else {
            return Ok(None);
        };
        let reader = context_of(request).await?;
        let entity_type = entity_type::<E>();
        let reading = Reading {
            request,
            reader: &reader,
            entity_type: Some(&entity_type),
            entity_id: Some(&record.entity_id),
        };
        let access = self.0.policy.access(&reading).await?;
        if !access.allowed || access.redacts(&entity_type, None) {
            return Ok(None);
        }
        let mut question = record
            .history::<E>()
            .changed::<ColumnOf<E>>(label)
            .newest_first();
        if let Some(tenant) = &access.tenant {
            question = question.tenant(tenant);
        }
        let page = self.page(question, None, 1).await?;
        let names = field_names::<E>(label);
        let mut changes = page
            .entries
            .first()
            .into_iter()
            .flat_map(|entry| entry.changes.iter());
        let change = changes.find(|(field, _)| names.contains(field));
        let name = change.and_then(|(_, change)| change.after.as_ref().or(change.before.as_ref()));
        Ok(match name {
            Some(Encoded::Plain(serde_json::Value::String(name))) => Some(name.clone()),
            _ => None,
        })
    }
}
