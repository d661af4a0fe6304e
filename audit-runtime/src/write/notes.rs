//! Marks and notes of guards on SQLite, MySQL and MariaDB: sets and removes the mark of a transaction, and reads the
//! notes that prevent a commit.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr,
    sea_query::{Alias, Expr, ExprTrait, InsertStatement, IntoTableRef, Order, Query, TableRef},
};
use serde_json::Map;

use super::{
    entry::{now, shared},
    target::Target,
};
use crate::{Error, audit_log::Column, dialect::is_missing};

/// Marks the transaction: guards record writes without entries with the context's actor. The mark is an entry in the
/// log. Returns `false` if there is no guard.
pub(super) async fn mark<C: ConnectionTrait>(target: &Target<'_, C>) -> Result<bool, DbErr> {
    let is_mysql = target.connection.get_database_backend() == DbBackend::MySql;
    let is_there = if is_mysql {
        let database = Expr::cust_with_exprs("COALESCE(?, DATABASE())", [Expr::val(target.schema)]);
        Query::select()
            .expr(Expr::cust("1"))
            .from((Alias::new("information_schema"), Alias::new("tables")))
            .and_where(Expr::col(Alias::new("table_schema")).eq(database))
            .and_where(Expr::col(Alias::new("table_name")).eq(MARK))
            .to_owned()
    } else {
        Query::select()
            .expr(Expr::cust("1"))
            .from((Alias::new("main"), Alias::new("sqlite_master")))
            .and_where(Expr::col(Alias::new("name")).eq(MARK))
            .to_owned()
    };
    if target.connection.query_one(&is_there).await?.is_none() {
        return Ok(false);
    }
    // A connection has only one mark on MySQL. A transaction that other code ended may have left one.
    if is_mysql {
        unmark(target.connection, target.schema).await?;
    }
    target.connection.execute(&insert(target)).await?;
    Ok(true)
}

fn insert<C: ConnectionTrait>(target: &Target<'_, C>) -> InsertStatement {
    let backend = target.connection.get_database_backend();
    let context = shared(
        target.context.parts(),
        &Map::new(),
        None,
        backend,
        target.changeset_id,
        now(),
    );
    let (columns, values): (Vec<_>, Vec<_>) = context
        .into_iter()
        .filter(|(column, _)| match column {
            Column::Reverts => false,
            Column::Timestamp => backend == DbBackend::MySql,
            _ => true,
        })
        .map(|(column, value)| (column, Expr::val(value)))
        .unzip();
    Query::insert()
        .into_table(table(backend, target.schema))
        .columns(columns)
        .values_panic(values)
        .to_owned()
}

/// Removes the mark. The changes that were noted under it become entries.
pub(super) async fn unmark(
    connection: &impl ConnectionTrait,
    schema: Option<&str>,
) -> Result<(), DbErr> {
    let backend = connection.get_database_backend();
    let mut delete = Query::delete();
    delete.from_table(table(backend, schema));
    if backend == DbBackend::MySql {
        delete.and_where(Expr::col(Alias::new("connection")).eq(Expr::cust("CONNECTION_ID()")));
    }
    connection.execute(&delete).await.map(drop)
}

/// The table of marks, in the schema of the log.
fn table(backend: DbBackend, schema: Option<&str>) -> TableRef {
    match (backend, schema) {
        (DbBackend::MySql, Some(schema)) => (Alias::new(schema), Alias::new(MARK)).into_table_ref(),
        (DbBackend::MySql, None) => Alias::new(MARK).into_table_ref(),
        _ => main(MARK),
    }
}

/// The last change without an entry that makes a guard refuse the commit.
pub(super) async fn unaudited(connection: &impl ConnectionTrait) -> Result<Option<Error>, DbErr> {
    let columns = [Column::EntityType, Column::EntityId, Column::Action];
    let last = Query::select()
        .columns(columns)
        .from(main(PENDING))
        .and_where(Expr::col(Alias::new("never")).is_not_null())
        .order_by(Alias::new("n"), Order::Desc)
        .limit(1)
        .to_owned();
    let row = match connection.query_one(&last).await {
        Ok(row) => row,
        // There is no guard.
        Err(error) if is_missing(&error, PENDING) => None,
        // An account that may not read the notes gets the refusal from the commit.
        Err(DbErr::RbacError(_) | DbErr::AccessDenied { .. }) => None,
        Err(error) => return Err(error),
    };
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Error::Unaudited {
        entity_type: row.try_get("", "entity_type")?,
        entity_id: row.try_get("", "entity_id")?,
        action: row.try_get("", "action")?,
    }))
}

const PENDING: &str = "audit_guard_pending";
const MARK: &str = "audit_guard_mark";

/// The table in the schema `main`, which no temporary table hides.
fn main(table: &'static str) -> TableRef {
    (Alias::new("main"), Alias::new(table)).into_table_ref()
}
