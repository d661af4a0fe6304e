//! A guard's notes on SQLite, from a transaction's point of view: the mark, and what keeps it from committing.

use sea_orm::{
    ConnectionTrait, DbBackend, DbErr,
    sea_query::{Alias, Expr, ExprTrait, InsertStatement, IntoTableRef, Order, Query, TableRef},
};
use serde_json::Map;

use super::{
    entry::{now, shared},
    target::Target,
};
use crate::{Error, audit_log::Column};

/// Marks the transaction, so that what is written without entries is recorded as of the context's actor, and says so in
/// the log. `false` if there is no guard to tell.
pub(super) async fn mark<C: ConnectionTrait>(target: &Target<'_, C>) -> Result<bool, DbErr> {
    let is_there = Query::select()
        .expr(Expr::cust("1"))
        .from((Alias::new("main"), Alias::new("sqlite_master")))
        .and_where(Expr::col(Alias::new("name")).eq(MARK))
        .to_owned();
    if target.connection.query_one(&is_there).await?.is_none() {
        return Ok(false);
    }
    target.connection.execute(&insert(target)).await?;
    Ok(true)
}

fn insert<C: ConnectionTrait>(target: &Target<'_, C>) -> InsertStatement {
    let context = shared(
        target.context.parts(),
        &Map::new(),
        None,
        DbBackend::Sqlite,
        target.changeset_id,
        now(),
    );
    let (columns, values): (Vec<_>, Vec<_>) = context
        .into_iter()
        .filter(|(column, _)| !matches!(column, Column::Timestamp | Column::Reverts))
        .map(|(column, value)| (column, Expr::val(value)))
        .unzip();
    Query::insert()
        .into_table(main(MARK))
        .columns(columns)
        .values_panic(values)
        .to_owned()
}

/// Takes the mark away, with which what it stands for becomes entries.
pub(super) async fn unmark(connection: &impl ConnectionTrait) -> Result<(), DbErr> {
    let delete = Query::delete().from_table(main(MARK)).to_owned();
    connection.execute(&delete).await.map(drop)
}

/// The last change without an entry, for which a guard would not let the transaction commit.
pub(super) async fn unaudited(connection: &impl ConnectionTrait) -> Option<Error> {
    let columns = [Column::EntityType, Column::EntityId, Column::Action];
    let last = Query::select()
        .columns(columns)
        .from(main("audit_guard_pending"))
        .and_where(Expr::col(Alias::new("never")).is_not_null())
        .order_by(Alias::new("n"), Order::Desc)
        .limit(1)
        .to_owned();
    // Without a guard there is no such table.
    let row = connection.query_one(&last).await.ok()??;
    let [entity_type, entity_id, action] =
        ["entity_type", "entity_id", "action"].map(|column| row.try_get::<String>("", column));
    Some(Error::Unaudited {
        entity_type: entity_type.ok()?,
        entity_id: entity_id.ok()?,
        action: action.ok()?,
    })
}

const MARK: &str = "audit_guard_mark";

/// No temporary table of that name.
fn main(table: &'static str) -> TableRef {
    (Alias::new("main"), Alias::new(table)).into_table_ref()
}
