//! Rejection of queries that no index supports.

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

/// Whether an index leads to the entries.
fn is_served(question: &History) -> bool {
    !question.scope.entity_types().is_empty()
        || question.actor.is_some()
        || question.changeset.is_some()
        || question.since.is_some()
}

/// The conditions that no index leads to.
fn unserved(question: &History) -> Vec<&'static str> {
    // Without `..`: a condition that is added has to be sorted in here.
    let History {
        on_behalf_of,
        outcome,
        request_id,
        session_id,
        ip,
        tenant,
        fields,
        // An index leads to these, or they belong to another condition.
        scope: _,
        children: _,
        actor: _,
        action: _,
        since: _,
        until: _,
        changeset: _,
        // No condition.
        misuse: _,
        newest_first: _,
    } = question;
    let conditions = [
        ("on_behalf_of", on_behalf_of.is_some()),
        ("outcome", outcome.is_some()),
        ("request_id", request_id.is_some()),
        ("session_id", session_id.is_some()),
        ("ip", ip.is_some()),
        ("tenant", tenant.is_some()),
        ("changed", !fields.is_empty()),
    ];
    conditions
        .into_iter()
        .filter_map(|(name, asked)| asked.then_some(name))
        .collect()
}
