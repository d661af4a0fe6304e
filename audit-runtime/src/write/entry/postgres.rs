//! Proves on PostgreSQL that entries are written to the log, and to no other table of its name.

use sea_orm::sea_query::Expr;

use crate::layout::raised::Raised;

/// Fails the statement if `audit_log` is not the log.
pub(super) fn is_log_or_fails(schema: Option<&str>) -> Expr {
    Expr::cust_with_exprs(
        "CASE WHEN $1 THEN 1 ELSE $2::integer END",
        [is_log(schema), Raised::LogHidden.text()],
    )
}

/// Whether `audit_log` on PostgreSQL is the log: not a temporary table, not a view, and without a rule that replaces
/// inserts.
pub(in crate::write) fn is_log(schema: Option<&str>) -> Expr {
    let name = match schema {
        Some(schema) => {
            Expr::cust_with_exprs("format('%I.audit_log', $1::text)", [Expr::val(schema)])
        }
        None => Expr::Constant("audit_log".into()),
    };
    Expr::cust_with_exprs(IS_LOG, [name])
}

const IS_LOG: &str = "EXISTS (SELECT 1 FROM pg_catalog.pg_class WHERE oid = to_regclass($1) \
    AND relkind IN ('r', 'p') AND relpersistence <> 't' \
    AND (NOT relhasrules OR NOT EXISTS (SELECT 1 FROM pg_catalog.pg_rewrite WHERE ev_class = pg_class.oid AND is_instead)))";
