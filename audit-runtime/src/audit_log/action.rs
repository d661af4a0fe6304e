//! The condition on an action.

use sea_orm::{
    ColumnTrait, DbBackend,
    sea_query::{Cond, Expr, ExprTrait, SimpleExpr},
};

use super::Column;
use crate::{dialect::Family, text::identity};

/// The entries with this action.
///
/// The index of actions contains no updates. SQLite plans without the values of parameters, so there the text must
/// exclude updates. PostgreSQL would count that as a further condition, and estimate too few entries.
pub(crate) fn with_action(action: &str, backend: DbBackend) -> Cond {
    let equal = Cond::all().add(Column::Action.eq(identity(action, 64).as_ref()));
    if action == UPDATE || !Family::from(backend).plans_without_values() {
        return equal;
    }
    equal.add(but_updates())
}

/// The entries that are in the index of actions.
pub(crate) fn but_updates() -> SimpleExpr {
    Column::Action.into_expr().ne(Expr::Constant(UPDATE.into()))
}

const UPDATE: &str = "UPDATE";
