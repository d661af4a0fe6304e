//! The WHERE clause of a query, and the index that a database is forced to use.

use sea_orm::{ConnectionTrait, sea_query::Cond};

use super::{
    History, children,
    cold::{Records, Test},
    condition::Reach,
    field::FieldCondition,
    log_rows::{Beyond, Conditions},
    scope::{Scope, Subject, one_of},
};
use crate::{Error, audit_log::Column};

/// The condition of a query on rows of the log.
pub(super) async fn where_clause<C: ConnectionTrait>(
    question: &History,
    subject: &Subject<'_>,
    fields: &[FieldCondition],
    beyond: &Beyond,
    db: &C,
) -> Result<Conditions, Error> {
    let backend = db.get_database_backend();
    let mut all = Cond::all();
    for condition in question.conditions.values() {
        all = all.add(condition.declaration().comparison.in_sql(backend));
    }
    let family = children::family(&question.children, subject, beyond, db).await?;
    all = all.add(match &family {
        Some(family) => children::condition(family),
        None => subject.condition(),
    });
    for field in fields {
        all = all
            .add_option(one_of(Column::EntityType, field.entity_types()))
            .add(field.in_sql(backend));
    }
    let mut conditions = Conditions::all([all]);
    conditions.index = forced_index(question);
    let tests = tests(question, subject, family, fields);
    Ok(conditions.across(beyond.archive.as_ref(), tests))
}

/// The tests that all wanted entries of an archive pass.
fn tests(
    question: &History,
    subject: &Subject<'_>,
    family: Option<Vec<Records>>,
    fields: &[FieldCondition],
) -> Vec<Test> {
    let conditions = question.conditions.values();
    let tests = conditions.flat_map(|condition| condition.declaration().comparison.tests());
    let types = fields.iter().map(FieldCondition::entity_types);
    let is_alone = family.is_none();
    let types = types.chain(is_alone.then_some(subject.entity_types));
    let types = types.filter(|types| !types.is_empty());
    let types = types.map(|types| Test::Text(Column::EntityType, types.to_vec()));
    let ids = subject.entity_ids.clone().filter(|_| is_alone);
    let ids = ids.map(|ids| Test::Text(Column::EntityId, ids));
    let family = family.map(Test::Records);
    tests.chain(types).chain(ids).chain(family).collect()
}

/// The index to force, because MariaDB would intersect two indexes, entry by entry.
fn forced_index(question: &History) -> Option<&'static str> {
    if !question.children.is_empty() {
        return None;
    }
    match question.scope {
        Scope::Row(_) | Scope::Named { .. } => Some("audit_log_entity"),
        Scope::All | Scope::Type(_) => {
            question
                .conditions
                .values()
                .find_map(|condition| match condition.declaration().reach {
                    Reach::Forced(index) => Some(index),
                    Reach::Indexed | Reach::Ordered | Reach::Optional(_) | Reach::Unindexed => None,
                })
        }
    }
}
