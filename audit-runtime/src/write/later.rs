//! The announcement to a guard on PostgreSQL that the entry of a change follows in a later statement.
//!
//! It is an additional expression of a statement that is sent anyway.

use std::sync::atomic::{AtomicBool, Ordering};

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

/// Whether an entry was announced to a guard and has not followed.
#[derive(Debug, Default)]
pub(super) struct Awaited(AtomicBool);

impl Awaited {
    /// The announcement, for a statement that is about to be sent.
    pub(super) fn announced(&self) -> Expr {
        self.0.store(true, Ordering::Release);
        Expr::cust("set_config('audit_guard.later', 'on', true)")
    }

    /// The announcement as a separate statement.
    pub(super) fn announcement(&self) -> SelectStatement {
        Query::select().expr_as(self.announced(), NAME).to_owned()
    }

    /// Records that the entry has followed.
    pub(super) fn is_fulfilled(&self) {
        self.0.store(false, Ordering::Release);
    }

    /// Tells the guard that no entry follows. Otherwise later changes by raw SQL in the transaction would be recorded
    /// only at its end, after newer entries of the row.
    pub(super) async fn withdraw(&self, connection: &impl ConnectionTrait) -> Result<(), DbErr> {
        if self.0.swap(false, Ordering::AcqRel) {
            let withdrawal = Query::select().expr_as(fulfilled(), NAME).to_owned();
            connection.query_one(&withdrawal).await?;
        }
        Ok(())
    }
}

/// Ends the announcement; part of the entry's statement.
pub(super) fn fulfilled() -> Expr {
    Expr::cust("set_config('audit_guard.later', 'off', true)")
}

/// The RETURNING clause with the announcement, on a database with guards.
pub(super) fn announcing(backend: DbBackend, awaited: &Awaited) -> Option<ReturningClause> {
    let has_guards = Family::from(backend).has_guards();
    has_guards.then(|| ReturningClause::Exprs(vec![awaited.announced()]))
}

/// Inserts rows on PostgreSQL, and returns the inserted ones as stored.
pub(super) async fn insert<E: Audited>(
    connection: &impl ConnectionTrait,
    awaited: &Awaited,
    mut insert: InsertStatement,
) -> Result<Vec<ModelOf<E>>, DbErr> {
    let columns = E::Column::iter().map(|column| column.select_as(Expr::col(column)));
    let all = columns.chain([awaited.announced()]).collect();
    insert.returning(ReturningClause::Exprs(all));
    let rows = connection.query_all(&insert).await?;
    let rows = rows.iter();
    rows.map(|row| ModelOf::<E>::from_query_result(row, ""))
        .collect()
}
