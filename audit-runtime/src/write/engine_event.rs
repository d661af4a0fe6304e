//! Events that only the engine records.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Map, Value as Json};

use super::{
    connection::UnitConnection,
    entry::{NewEntry, now},
    operation::Operation,
    subject::Subject,
    target::Target,
    transaction::Transaction,
};
use crate::{
    Error,
    audit_log::{self, Column, KIND_EVENT, Outcome},
};

/// An event about the log. The operation returns the id of its entry.
pub(crate) struct EngineEvent {
    pub(crate) action: &'static str,
    pub(crate) entity: Option<(String, String)>,
    /// Replaces the reason of the context.
    pub(crate) reason: Option<String>,
    pub(crate) metadata: Map<String, Json>,
}

impl Operation for EngineEvent {
    type Output = i64;

    fn subject(&self) -> Subject {
        Subject::event(self.action)
    }

    async fn run<T: Transaction>(self, connection: &UnitConnection<T>) -> Result<i64, Error> {
        let mut context = connection.context.clone();
        if let Some(reason) = self.reason {
            context = context.reason(reason);
        }
        let entry = NewEntry {
            kind: KIND_EVENT,
            entity: self.entity,
            label: None,
            action: self.action.into(),
            outcome: Outcome::Success,
            reverts: None,
            changes: None,
            metadata: self.metadata,
            timestamp: now(),
        };
        let target = Target {
            context: &context,
            ..connection.target()
        };
        entry.write(&target).await?;
        let id = audit_log::Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::ChangesetId.eq(connection.changeset_id))
            .filter(Column::Action.eq(self.action))
            .order_by_desc(Column::Id)
            .into_tuple::<i64>()
            .one(connection)
            .await?;
        id.ok_or(Error::NotLogged("its entry is not found again"))
    }
}
