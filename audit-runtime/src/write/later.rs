//! The announcement to a guard on PostgreSQL that the entry of a change follows in a later statement.
//!
//! It is an additional expression of a statement that is sent anyway.

use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, DbErr, FromQueryResult, Iterable,
    sea_query::{Expr, InsertStatement, Query, ReturningClause, SelectStatement},
};

use crate::{
    audited::{Audited, ModelOf},
    dialect::Family,
};

/// The name of the expression in a statement that returns rows.
pub(super) const NAME: &str = "audit_guard.later";

pub(super) fn announced() -> Expr {
    Expr::cust("set_config('audit_guard.later', 'on', true)")
}

/// The announcement as a separate statement.
pub(super) fn announcement() -> SelectStatement {
    Query::select().expr_as(announced(), NAME).to_owned()
}

/// Ends the announcement; part of the entry's statement.
pub(super) fn fulfilled() -> Expr {
    Expr::cust("set_config('audit_guard.later', 'off', true)")
}

/// The RETURNING clause with the announcement, on a database with guards.
pub(super) fn announcing(backend: DbBackend) -> Option<ReturningClause> {
    let has_guards = Family::from(backend).has_guards();
    has_guards.then(|| ReturningClause::Exprs(vec![announced()]))
}

/// Inserts rows on PostgreSQL, and returns those that are inserted, as they are stored.
pub(super) async fn insert<E: Audited>(
    connection: &impl ConnectionTrait,
    mut insert: InsertStatement,
) -> Result<Vec<ModelOf<E>>, DbErr> {
    let columns = E::Column::iter().map(|column| column.select_as(Expr::col(column)));
    let all = columns.chain([announced()]).collect();
    insert.returning(ReturningClause::Exprs(all));
    let rows = connection.query_all(&insert).await?;
    let rows = rows.iter();
    rows.map(|row| ModelOf::<E>::from_query_result(row, ""))
        .collect()
}
