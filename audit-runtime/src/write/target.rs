//! Where a statement goes, and what its entries say besides.

use sea_orm::{ConnectionTrait, DbErr};
use uuid::Uuid;

use super::{fused, refusal::failed};
use crate::{
    AuditContext, Error,
    audited::Audited,
    dialect::is_missing_table,
    error::{DatabaseError, is_certainly_undone, is_of_log},
};

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

    /// What the failure of a fused statement is to the caller.
    pub(super) fn failed<E: Audited>(&self, error: DbErr) -> Error {
        if is_missing_table(&error) {
            return Error::LogMissing(error.into());
        }
        if let Some(error) = fused::error_of::<E>(&error) {
            return error;
        }
        if self.is_alone && !is_certainly_undone(&error) {
            return Error::CommitUnknown {
                changeset_id: self.changeset_id,
                source: DatabaseError::scrubbed(error),
            };
        }
        if is_of_log(&error) {
            return DatabaseError::scrubbed(error).into();
        }
        failed::<E>(error)
    }
}
