//! The optional indexes of the log.

use std::fmt;

use sea_orm::DbBackend;

use crate::dialect::Family;

/// An optional index of the log. [`create_index`](crate::schema::create_index) creates it. [`History`](crate::History)
/// detects it and then accepts the queries that it supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Index {
    /// Supports [`of_type`](crate::History::of_type): the entries of all rows of a type, in order.
    EntityType,
    /// Supports [`request_id`](crate::History::request_id) as the only condition.
    RequestId,
    /// Supports [`from`](crate::History::from) and [`to`](crate::History::to) as the only conditions, and searches such
    /// as `changes @> '{"role":{"after":"admin"}}'`. Only PostgreSQL has it (GIN).
    ///
    /// It costs each write more than all other indexes together.
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
