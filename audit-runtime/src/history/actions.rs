//! The actions that occur in the log.

use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::seen::{failed, seen};
use crate::{
    Error,
    audit_log::{self, Column, but_updates},
};

/// The first `most` actions in alphabetical order. One step through the index of actions finds each; that index omits
/// updates.
pub(crate) async fn actions<C: ConnectionTrait>(db: &C, most: usize) -> Result<Vec<String>, Error> {
    let mut actions = Vec::<String>::new();
    while actions.len() < most {
        let mut query = audit_log::Entity::find()
            .select_only()
            .columns([Column::Id, Column::Action])
            .filter(but_updates())
            .order_by_asc(Column::Action)
            .order_by_asc(Column::Id)
            .limit(1);
        if let Some(last) = actions.last() {
            query = query.filter(Column::Action.gt(last));
        }
        let rows = seen(query, None, db).await.map_err(failed)?;
        let Some(row) = rows.first() else { break };
        actions.push(row.try_get("", "action").map_err(failed)?);
    }
    Ok(actions)
}
