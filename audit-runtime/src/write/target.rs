//! The target of a statement: connection, context and changeset.

use std::sync::atomic::{AtomicU8, Ordering};

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{later::Awaited, state::SOUND, transaction::Transaction};
use crate::AuditContext;

/// A connection, with the context of the entries.
#[derive(Debug)]
pub struct Target<'a, C> {
    pub(super) connection: &'a C,
    /// Whether it refuses statements given as text.
    pub(super) is_restricted: bool,
    /// Whether a statement commits itself.
    pub(super) is_alone: bool,
    pub(super) context: &'a AuditContext,
    pub(super) changeset_id: Uuid,
    /// The schema of the log; `None` for the one that the connection finds.
    pub(super) schema: Option<&'a str>,
    /// The entry that is reverted.
    pub(super) reverts: Option<i64>,
    /// The unit's record of failed statements.
    pub(super) state: Option<&'a AtomicU8>,
    /// The announcement to a guard, in a unit.
    pub(super) awaited: Option<&'a Awaited>,
}

impl<'a, C> Target<'a, C> {
    /// The target of a pool, where each statement commits by itself.
    pub(super) fn alone<T: Transaction>(
        connection: &'a C,
        context: &'a AuditContext,
        changeset_id: Uuid,
    ) -> Self {
        Self {
            connection,
            is_restricted: T::RESTRICTED,
            is_alone: true,
            context,
            changeset_id,
            schema: None,
            reverts: None,
            state: None,
            awaited: None,
        }
    }

    /// Records an expected failure of a statement: the unit continues.
    pub(super) fn go_on(&self) {
        if let Some(state) = self.state {
            state.store(SOUND, Ordering::Release);
        }
    }
}

impl<C: ConnectionTrait> Target<'_, C> {
    pub(super) fn reverting(self, reverts: Option<i64>) -> Self {
        Self { reverts, ..self }
    }
}
