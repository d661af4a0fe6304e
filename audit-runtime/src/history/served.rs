//! Which questions an index serves, and which are refused.

use sea_orm::ConnectionTrait;

use super::{History, field::FieldCondition};
use crate::{
    Error,
    schema::{Index, has_index},
};

/// Refuses a question that would have the database read the whole log.
pub(super) async fn check<C: ConnectionTrait>(
    question: &History,
    fields: &[FieldCondition],
    db: &C,
) -> Result<(), Error> {
    let unserved = unserved(question);
    if is_served(question) || unserved.is_empty() {
        return Ok(());
    }
    let backend = db.get_database_backend();
    let mut useful = Vec::new();
    if question.request_id.is_some() {
        useful.push(Index::RequestId);
    }
    if fields.iter().any(FieldCondition::has_value) {
        useful.push(Index::Changes);
    }
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

fn is_served(question: &History) -> bool {
    !question.scope.entity_types().is_empty()
        || question.actor.is_some()
        || question.changeset.is_some()
        || question.since.is_some()
}

fn unserved(question: &History) -> Vec<&'static str> {
    let conditions = [
        ("on_behalf_of", question.on_behalf_of.is_some()),
        ("outcome", question.outcome.is_some()),
        ("request_id", question.request_id.is_some()),
        ("session_id", question.session_id.is_some()),
        ("ip", question.ip.is_some()),
        ("tenant", question.tenant.is_some()),
        ("changed", !question.fields.is_empty()),
    ];
    conditions
        .into_iter()
        .filter_map(|(name, asked)| asked.then_some(name))
        .collect()
}
