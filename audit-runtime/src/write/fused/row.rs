//! Which of the rows in scope an expression is about.

use sea_orm::{
    EntityTrait,
    sea_query::{Alias, DynIden, Expr, IntoIden},
};

use super::encoder::sql;

/// A row in scope.
pub(super) enum Row {
    /// One whose columns are those of a table, or of a part of the statement.
    Of(DynIden),
    /// One that is a single value.
    In(Expr),
}

impl Row {
    /// The entity's own table.
    pub(super) fn stored<E: EntityTrait>() -> Self {
        Self::Of(Alias::new(E::default().table_name()).into_iden())
    }

    /// The row of a part of the statement.
    pub(super) fn of(part: &'static str) -> Self {
        Self::Of(Alias::new(part).into_iden())
    }

    pub(super) fn column<E: EntityTrait>(&self, column: E::Column) -> Expr {
        match self {
            Self::Of(name) => Expr::col((name.clone(), column)),
            Self::In(value) => sql("($1).$2", [value.clone(), Expr::col(column)]),
        }
    }
}

/// The row that is stored, as a single value.
pub(super) fn whole<E: EntityTrait>() -> Expr {
    // By itself it would stand for so many columns.
    let name = Alias::new(E::default().table_name());
    sql("CASE WHEN true THEN $1.* END", [Expr::col(name)])
}
