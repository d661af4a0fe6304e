//! Row-level security on PostgreSQL.

use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, Query},
};

use crate::{Error, dialect::Family};

/// Whether policies hide entries from this account.
pub(super) async fn is_filtered<C: ConnectionTrait>(db: &C) -> Result<bool, Error> {
    is_table_filtered("audit_log", db).await
}

/// Whether policies hide rows of a table from this account. The name must be quoted if necessary.
pub(super) async fn is_table_filtered<C: ConnectionTrait>(
    table: &str,
    db: &C,
) -> Result<bool, Error> {
    if !Family::of(db).has_row_security() {
        return Ok(false);
    }
    let question = Query::select()
        .expr_as(
            Expr::cust_with_values("row_security_active($1)", [table]),
            "is_filtered",
        )
        .to_owned();
    let row = db.query_one(&question).await?;
    let is_filtered = row.map(|row| row.try_get::<bool>("", "is_filtered"));
    Ok(is_filtered.transpose()?.unwrap_or(false))
}
