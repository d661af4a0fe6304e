//! Whether a changeset was committed, for callers that lost the reply.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::{
    History,
    seen::{failed, seen},
};
use crate::{
    Pending,
    audit_log::{self, Column, KIND_CHANGE, Outcome},
};

impl History {
    /// Returns whether the changeset was committed. Ask this after
    /// [`Error::CommitUnknown`](crate::Error::CommitUnknown).
    ///
    /// `false` may become `true` while the server still works on the lost connection. A unit that changed nothing has
    /// no entries, so it is also `false`. Denied and failed events do not count, because they are kept even after a
    /// rollback.
    ///
    /// # Errors
    ///
    /// [`Error::LogMissing`](crate::Error::LogMissing), or a database error.
    pub fn committed<C: ConnectionTrait>(changeset_id: Uuid, db: &C) -> Pending<'_, bool> {
        Box::pin(async move {
            let entry = audit_log::Entity::find()
                .select_only()
                .column(Column::Id)
                .filter(Column::ChangesetId.eq(changeset_id))
                // Denied and failed events are kept after a rollback.
                .filter(
                    Column::Kind
                        .eq(KIND_CHANGE)
                        .or(Column::Outcome.eq(Outcome::Success.as_str())),
                )
                .limit(1);
            let found = seen(entry, None, db).await.map_err(failed)?;
            Ok(!found.is_empty())
        })
    }
}
