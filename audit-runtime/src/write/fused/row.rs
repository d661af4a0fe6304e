//! Which of the rows in scope an expression is about.

use sea_orm::{
    EntityTrait,
    sea_query::{Alias, DynIden, Expr, IntoIden},
};

/// A row in scope.
pub(super) struct Row(DynIden);

impl Row {
    /// The entity's own table.
    pub(super) fn stored<E: EntityTrait>() -> Self {
        Self::of(E::default().table_name().to_owned())
    }

    /// The row of a part of the statement.
    pub(super) fn of(part: impl Into<String>) -> Self {
        Self(Alias::new(part).into_iden())
    }

    pub(super) fn column<E: EntityTrait>(&self, column: E::Column) -> Expr {
        Expr::col((self.0.clone(), column))
    }
}
