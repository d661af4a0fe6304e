//! Inserts entries on MySQL and MariaDB, where a temporary table may hide the log.

use std::borrow::Cow;

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, Value,
    sea_query::{Alias, Expr, Func, InsertStatement, Order, Query, UnionType},
};

use super::{super::target::Target, NewEntry, insert, table};
use crate::{audit_log::Column, error::is_denied};

/// On MySQL and MariaDB a temporary table hides the log, even if the database is named.
///
/// MySQL cannot open a temporary table twice in one statement, so the statement opens it twice. MariaDB can; there the
/// statement reads the entry through a view, which never refers to a temporary table.
pub(super) async fn write_to_mysql<C: ConnectionTrait>(
    entries: &[NewEntry],
    target: &Target<'_, C>,
) -> Result<bool, DbErr> {
    // sea-query puts RETURNING before ORDER BY, so it is appended as text. A restricted connection refuses text and
    // gets one statement per entry.
    if target.is_restricted && entries.len() > 1 {
        for entry in entries.chunks(1) {
            if !Box::pin(write_to_mysql(entry, target)).await? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let select = insert_select(entries, target);
    let rows = if entries.len() == 1 {
        target.connection.query_all(&select).await
    } else {
        let mut statement = DbBackend::MySql.build(&select);
        statement.sql.push_str(RETURNING);
        target.connection.query_all_raw(statement).await
    };
    match rows {
        Ok(rows) => {
            // MySQL returns no rows.
            let mut found = true;
            for row in rows {
                found &= row.try_get_by::<i64, _>(0)? == 1;
            }
            Ok(found)
        }
        // An account that may not read the table has not created it, so it is the log.
        Err(error) if is_denied(&error) && names_log(&error) => {
            target.go_on();
            let done = target.connection.execute(&insert(entries, target)).await?;
            Ok(done.rows_affected() == entries.len() as u64)
        }
        Err(error) => Err(error),
    }
}

fn insert_select<C: ConnectionTrait>(
    entries: &[NewEntry],
    target: &Target<'_, C>,
) -> InsertStatement {
    let number = || Expr::col((Alias::new("entries"), Alias::new("n")));
    let mut columns = Vec::new();
    let mut values: Vec<Vec<Expr>> = Vec::new();
    for entry in entries {
        for (at, (column, value)) in entry.values(target).enumerate() {
            let value = match column {
                Column::Changes | Column::Metadata => Expr::cust_with_exprs(JSON, [text(value)]),
                _ => text(value),
            };
            let is_own = matches!(
                column,
                Column::EntityId | Column::EntityLabel | Column::Changes
            );
            // The other columns are equal in all entries.
            match values.get_mut(at) {
                None => {
                    columns.push(column);
                    let first = if is_own { vec![number()] } else { Vec::new() };
                    values.push(first);
                    values[at].push(value);
                }
                Some(of_column) if is_own => of_column.push(value),
                Some(_) => {}
            }
        }
    }
    let values = values
        .into_iter()
        .map(|mut of_column| match of_column.len() {
            1 => of_column.swap_remove(0),
            _ => Func::cust("ELT").args(of_column).into(),
        });

    let mut numbers = Query::select()
        .expr_as(Expr::Constant(1.into()), "n")
        .to_owned();
    for n in 2..=entries.len() {
        let next = Query::select()
            .expr(Expr::Constant((n as i64).into()))
            .to_owned();
        numbers.union(UnionType::All, next);
    }
    let condition = if entries.len() == 1 {
        format!("{OPENED_TWICE}{RETURNING}").into()
    } else {
        Cow::from(OPENED_TWICE)
    };
    let mut select = Query::select()
        .exprs(values)
        .from_subquery(numbers, "entries")
        .and_where(Expr::cust(condition))
        .to_owned();
    if entries.len() > 1 {
        select.order_by_expr(number(), Order::Asc);
    }
    Query::insert()
        .into_table(table(target))
        .columns(columns)
        .select_from(select)
        .expect("as many values as columns")
        .to_owned()
}

// Each of the two servers treats the other's part as a comment.
/// MySQL truncates sorted text of more than 64 KiB, but not JSON.
const JSON: &str = "/*!80000 CAST( */ ? /*!80000 AS JSON) */";

const OPENED_TWICE: &str =
    "/*!80000 NOT EXISTS (SELECT 1 FROM `audit_log` WHERE FALSE) AND */ TRUE";

const RETURNING: &str = " /*M!100500 RETURNING (SELECT count(*) FROM `audit_entries` AS `found` \
    WHERE `found`.`id` = `audit_log`.`id` AND `found`.`changeset_id` = `audit_log`.`changeset_id`) */";

/// In a list of values with NULLs, JSON is treated as text.
fn text(value: Value) -> Expr {
    Expr::val(match value {
        Value::Json(json) => json.map(|json| json.to_string()).into(),
        value => value,
    })
}

fn names_log(error: &DbErr) -> bool {
    let is_part_of_name = |c: char| c.is_alphanumeric() || c == '_';
    let message = error.to_string();
    let mut words = message.split(|c| !is_part_of_name(c));
    words.any(|word| word == "audit_log")
}
