//! Fixed SQL texts with placeholders for sea-query's expressions.

use sea_orm::sea_query::Expr;

/// Inserts expressions into a fixed text.
pub(crate) fn sql(template: &'static str, parts: impl IntoIterator<Item = Expr>) -> Expr {
    Expr::cust_with_exprs(template, parts)
}

/// A string constant in the statement. Only constants of this program may be passed.
pub(crate) fn constant(text: &'static str) -> Expr {
    Expr::Constant(text.into())
}
