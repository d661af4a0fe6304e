//! The last entry that all required feeds have delivered. A purge deletes no later entry.

use sea_orm::{
    ConnectionTrait, DatabaseConnection,
    sea_query::{Expr, ExprTrait, Func, Query},
};

use tracing::warn;

use crate::{Error, dialect::is_missing, error::is_denied};

/// The last entry that all required feeds have delivered; `None` if no feed is required.
///
/// Call it outside of a transaction, which PostgreSQL would abort if there are no feeds. The result stays
/// valid while positions grow; `delivered_since` handles those that have moved back.
pub(super) async fn delivered(db: &DatabaseConnection) -> Result<Option<i64>, Error> {
    let question = Query::select()
        .expr_as(Func::min(Expr::col("position")), "delivered")
        .from("audit_feed")
        .and_where(Expr::col("required").eq(true))
        .to_owned();
    match db.query_one(&question).await {
        Ok(Some(row)) => Ok(row.try_get("", "delivered")?),
        Ok(None) => Ok(None),
        Err(error) if is_missing(&error, "audit_feed") => Ok(None),
        // MySQL and MariaDB return the same error for a missing table, unless the account has a privilege on it.
        Err(error) if is_denied(&error) => {
            warn!("this account may not read audit_feed: no feed holds its purges back");
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// The same for a plan with an earlier result: since then, a position may have moved back, or a feed may be new.
pub(super) async fn delivered_since(
    then: Option<i64>,
    db: &DatabaseConnection,
) -> Result<Option<i64>, Error> {
    let now = delivered(db).await?;
    Ok(then.into_iter().chain(now).min())
}
