//! The optional indexes of the log.

use std::fmt;

use sea_orm::DbBackend;

use crate::dialect::Family;

/// An index to choose. [`create_index`](crate::schema::create_index) creates it, and from then on [`History`](crate::History) takes the questions
/// it serves: it looks whether the index is there, so nothing has to be said twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Index {
    /// For [`of_type`](crate::History::of_type): the entries of all rows of a type, in order.
    EntityType,
    /// For [`request_id`](crate::History::request_id) on its own.
    RequestId,
    /// For [`from`](crate::History::from) and [`to`](crate::History::to) on their own, and for searches like
    /// `changes @> '{"role":{"after":"admin"}}'`. PostgreSQL alone has it (GIN).
    ///
    /// It costs every write more than all the others together.
    Changes,
}

impl Index {
    pub(crate) fn exists_on(self, backend: DbBackend) -> bool {
        self != Self::Changes || Family::from(backend).indexes_json()
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::EntityType => "audit_log_entity_type",
            Self::RequestId => "audit_log_request",
            Self::Changes => "audit_log_changes",
        }
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "schema::Index::{self:?}")
    }
}
