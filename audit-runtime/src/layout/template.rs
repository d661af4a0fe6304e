//! Fixed SQL texts, and the expressions that sea-query puts into them.

use sea_orm::sea_query::Expr;

/// A fixed text with expressions in it.
pub(crate) fn sql(template: &'static str, parts: impl IntoIterator<Item = Expr>) -> Expr {
    Expr::cust_with_exprs(template, parts)
}

/// A text that is part of the statement. Only ever one of the program's own.
pub(crate) fn constant(text: &'static str) -> Expr {
    Expr::Constant(text.into())
}
