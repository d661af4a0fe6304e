//! The WHERE clause of a query, and the index that a database is told to use.

use sea_orm::{ConnectionTrait, sea_query::Cond};

use super::{
    History, children,
    condition::Reach,
    field::FieldCondition,
    log_rows::Conditions,
    scope::{Scope, Subject, one_of},
};
use crate::{Error, audit_log::Column};

/// The condition of a query on rows of the log.
pub(super) async fn where_clause<C: ConnectionTrait>(
    question: &History,
    subject: &Subject<'_>,
    fields: &[FieldCondition],
    db: &C,
) -> Result<Conditions, Error> {
    let backend = db.get_database_backend();
    let mut all = Cond::all();
    for condition in question.conditions.values() {
        all = all.add(condition.declaration().comparison.in_sql(backend));
    }
    all = if question.children.is_empty() {
        all.add(subject.condition())
    } else {
        all.add(children::condition(&question.children, subject, db).await?)
    };
    for field in fields {
        all = all
            .add_option(one_of(Column::EntityType, field.entity_types()))
            .add(field.in_sql(backend));
    }
    Ok(Conditions {
        all,
        index: forced_index(question),
    })
}

/// MariaDB would intersect two indexes, entry by entry.
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
