//! Checks whether an entry can be reverted or restored.

use sea_orm::sea_query::ValueTuple;

use super::super::{Entry, Kind};
use crate::{
    Error,
    audited::{
        Audited,
        entity_type::{entity_type, entity_types},
    },
    entity_id::key_from,
};

pub(super) const UNFIT: &str = "had a value that the field no longer accepts";

impl Entry {
    /// Checks that the entry is this kind of change to a row of this entity.
    pub(super) fn check_is<E: Audited>(&self, action: &str) -> Result<(), Error> {
        let expected = entity_type::<E>();
        let types = entity_types::<E>();
        let is_of_type = self
            .entity_type
            .as_ref()
            .is_some_and(|name| types.contains(name));
        let problem = if self.kind != Kind::Change {
            "it is an event, not a change".to_owned()
        } else if !self.is_read {
            "this version does not read its format".to_owned()
        } else if !is_of_type {
            let found = self.entity_type.as_deref().unwrap_or_default();
            format!("it is about {found}, not {expected}")
        } else if self.action == action {
            return Ok(());
        } else {
            match &*self.action {
                "CREATE" => "it created the row: delete the row instead",
                "DELETE" => "it deleted the row: use Entry::restoration",
                _ => "it changed the row, it did not delete it: use Entry::inverse",
            }
            .to_owned()
        };
        Err(self.irreversible(problem, Vec::new()))
    }

    pub(super) fn key<E: Audited>(&self) -> Result<ValueTuple, Error> {
        let key = self.entity_id.as_deref().and_then(key_from::<E>);
        key.ok_or_else(|| {
            let problem = "the row's key cannot be read from the log: it is kept as a hash, or has another type now";
            self.irreversible(problem.to_owned(), Vec::new())
        })
    }

    pub(super) fn refuse(&self, refused: Vec<(String, String)>) -> Result<(), Error> {
        if refused.is_empty() {
            return Ok(());
        }
        let problems = refused
            .iter()
            .map(|(field, problem)| format!("`{field}` {problem}"))
            .collect::<Vec<_>>()
            .join(", ");
        let fields = refused.into_iter().map(|(field, _)| field).collect();
        Err(self.irreversible(problems, fields))
    }

    pub(super) fn irreversible(&self, problem: String, fields: Vec<String>) -> Error {
        Error::Irreversible {
            entry: self.id,
            problem,
            fields,
        }
    }
}
