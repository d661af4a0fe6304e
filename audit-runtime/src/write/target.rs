//! Where a statement goes, and what its entries say besides.

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use crate::AuditContext;

/// A connection, and the context of what is written on it.
#[derive(Debug)]
pub struct Target<'a, C> {
    pub(super) connection: &'a C,
    /// Whether it refuses statements given as text.
    pub(super) is_restricted: bool,
    /// Whether a statement commits itself.
    pub(super) is_alone: bool,
    pub(super) context: &'a AuditContext,
    pub(super) changeset_id: Uuid,
    /// The entry that is taken back.
    pub(super) reverts: Option<i64>,
}

impl<C: ConnectionTrait> Target<'_, C> {
    pub(super) fn reverting(self, reverts: Option<i64>) -> Self {
        Self { reverts, ..self }
    }
}
