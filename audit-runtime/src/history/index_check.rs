//! Rejects queries that no index supports.

use sea_orm::ConnectionTrait;

use super::{History, condition::Reach, field::FieldCondition};
use crate::{Error, audit_log::Index, schema::has_index};

/// Rejects a query that would have the database read the whole log.
pub(super) async fn check<C: ConnectionTrait>(
    question: &History,
    fields: &[FieldCondition],
    db: &C,
) -> Result<(), Error> {
    let mut unserved = Vec::new();
    let mut useful = Vec::new();
    let mut is_served = !question.scope.entity_types().is_empty();
    for (name, condition) in &question.conditions {
        match condition.declaration().reach {
            Reach::Indexed | Reach::Forced(_) => is_served = true,
            Reach::Ordered => {}
            Reach::Optional(index) => {
                unserved.push(*name);
                useful.push(index);
            }
            Reach::Unindexed => unserved.push(*name),
        }
    }
    if !fields.is_empty() {
        unserved.push("changed");
    }
    if fields.iter().any(FieldCondition::has_value) {
        useful.push(Index::Changes);
    }
    if is_served || unserved.is_empty() {
        return Ok(());
    }
    let backend = db.get_database_backend();
    useful.retain(|index| index.exists_on(backend));
    for index in &useful {
        if has_index(db, *index).await? {
            return Ok(());
        }
    }
    Err(Error::UnservedQuery {
        conditions: unserved,
        indexes: useful,
    })
}
