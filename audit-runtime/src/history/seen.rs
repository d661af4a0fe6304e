//! Reads of the log that prove that no temporary table hides it.
//!
//! A temporary table takes precedence over all other tables of its name, so its creator would decide what the query
//! returns. A condition on the rows does not detect it: the temporary table may be empty, or have a constraint from which
//! the database concludes that no row matches, and then no row is checked. Therefore SQLite runs the check before it reads
//! a row. On the other databases the check is a row of its own, and the rows of the log are joined to it.

use sea_orm::{
    ConnectionTrait, DbErr, QueryResult, QueryTrait,
    sea_query::{Alias, Asterisk, Expr, JoinType, Order, Query, SelectStatement},
};

use crate::{
    audit_log::Column,
    dialect::{Family, is_missing_table},
    error::{Error, is_of_other_schema, is_reopened_table, is_two_rows_for_one},
    layout::raised::Raised,
};

/// The rows of a query that selects the id of entries. The statement fails if the log is hidden.
pub(crate) async fn seen<C: ConnectionTrait>(
    question: impl QueryTrait<QueryStatement = SelectStatement>,
    order: Option<Order>,
    db: &C,
) -> Result<Vec<QueryResult>, DbErr> {
    let question = checked(question.into_query(), order, Family::of(db));
    let rows = db.query_all(&question).await?;
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        if is_entry(&row)? {
            found.push(row);
        }
    }
    Ok(found)
}

/// Whether a row of a checked query is an entry, and not only the row of the check.
pub(crate) fn is_entry(row: &QueryResult) -> Result<bool, DbErr> {
    Ok(row.try_get::<Option<i64>>("", "id")?.is_some())
}

/// The query, as a statement that fails if the log is hidden.
pub(crate) fn checked(
    mut question: SelectStatement,
    order: Option<Order>,
    family: Family,
) -> SelectStatement {
    match family {
        Family::Postgres => {
            let check = Expr::cust_with_exprs(POSTGRES, [Raised::LogHidden.text()]);
            joined(question, order, check)
        }
        Family::MySql => joined(question, order, Expr::cust(MYSQL)),
        Family::Sqlite => {
            question.cond_where(Expr::cust(SQLITE));
            question
        }
    }
}

/// The query, joined to the check: an expression that fails if the table named `audit_log` is temporary.
fn joined(question: SelectStatement, order: Option<Order>, check: Expr) -> SelectStatement {
    let (log, entry) = (Alias::new("log"), Alias::new("entry"));
    let check = Query::select()
        .expr_as(check, Alias::new("is_seen"))
        .to_owned();
    let mut joined = Query::select()
        // Selected, because it would otherwise not be evaluated.
        .column((log.clone(), Alias::new("is_seen")))
        .column((entry.clone(), Asterisk))
        .from_subquery(check, log)
        .join_subquery(
            JoinType::LeftJoin,
            question,
            entry.clone(),
            Expr::cust("TRUE"),
        )
        .to_owned();
    if let Some(order) = order {
        joined.order_by((entry, Column::Id), order);
    }
    joined
}

const POSTGRES: &str = "CASE WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_class \
    WHERE oid = to_regclass('audit_log') AND relpersistence = 't') THEN $1::integer ELSE 1 END";

// Each of the two servers treats the other's part as a comment.
/// MySQL cannot open a temporary table twice in one statement. MariaDB lists temporary tables since 11.2. A scalar
/// subquery with two rows fails the statement.
const MYSQL: &str = "/*!80000 (SELECT count(*) FROM `audit_log` AS `again` WHERE FALSE) + */ 1 \
    /*M!110200 + CASE WHEN EXISTS (SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() \
    AND TABLE_NAME = 'audit_log' AND TABLE_TYPE = 'TEMPORARY') THEN (SELECT 1 UNION SELECT 2) ELSE 0 END */";

/// A column of a temporary table has another schema, so the statement is not even prepared.
const SQLITE: &str = "main.audit_log.id IS NOT NULL";

/// The caller's error for a failed read of the log.
pub(crate) fn failed(error: DbErr) -> Error {
    if is_missing_table(&error) {
        Error::LogMissing(error.into())
    } else if is_hidden(&error) {
        Error::LogHidden
    } else {
        error.into()
    }
}

/// Whether a query failed because the log is hidden.
pub(crate) fn is_hidden(error: &DbErr) -> bool {
    matches!(Raised::of(error), Some(Raised::LogHidden))
        || is_reopened_table(error)
        || is_two_rows_for_one(error)
        || is_of_other_schema(error)
}
