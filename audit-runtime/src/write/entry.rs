//! Inserts entries into the log.

mod columns;
mod failure;
mod mysql;
mod postgres;

use std::{borrow::Cow, slice};

use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectionTrait,
    sea_query::{Expr, InsertStatement, IntoTableRef, Query, ReturningClause, TableRef},
};
use serde_json::{Map, Value as Json};

pub(super) use self::{columns::shared, postgres::is_log};
use super::{later, observed, target::Target};
use crate::{
    Changes, Error,
    audit_log::{self, KIND_CHANGE, Outcome},
    audited::Now,
    dialect::Family,
};
use failure::failed_to_log;
use mysql::write_to_mysql;
use postgres::is_log_or_fails;

/// The content of one entry, without its context.
#[derive(Debug)]
pub(super) struct NewEntry {
    pub(super) kind: i16,
    pub(super) entity: Option<(String, String)>,
    pub(super) label: Option<String>,
    pub(super) action: Cow<'static, str>,
    pub(super) outcome: Outcome,
    pub(super) reverts: Option<i64>,
    pub(super) changes: Option<Json>,
    pub(super) metadata: Map<String, Json>,
    pub(super) timestamp: DateTime<Utc>,
}

impl NewEntry {
    pub(super) fn change(
        action: &'static str,
        entity: (String, String),
        label: Option<String>,
        changes: &Changes,
    ) -> Self {
        Self {
            kind: KIND_CHANGE,
            entity: Some(entity),
            label,
            action: action.into(),
            outcome: Outcome::Success,
            reverts: None,
            changes: Some(changes.to_json()),
            metadata: Map::new(),
            timestamp: now(),
        }
    }

    /// Marks the entry as a revert of another one.
    pub(super) fn reverting(self, reverts: Option<i64>) -> Self {
        Self { reverts, ..self }
    }

    pub(super) async fn write<C: ConnectionTrait>(
        &self,
        target: &Target<'_, C>,
    ) -> Result<(), Error> {
        write_all(slice::from_ref(self), target).await
    }
}

/// Writes entries that differ only in their rows and changes, in one statement.
pub(super) async fn write_all<C: ConnectionTrait>(
    entries: &[NewEntry],
    target: &Target<'_, C>,
) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let written = match Family::of(target.connection) {
        Family::MySql => write_to_mysql(entries, target).await,
        Family::Postgres => {
            let mut insert = insert(entries, target);
            insert.returning(ReturningClause::Exprs(vec![
                is_log_or_fails(target.schema),
                later::fulfilled(),
            ]));
            let rows = target.connection.query_all(&insert).await;
            if let (Ok(_), Some(awaited)) = (&rows, target.awaited) {
                awaited.is_fulfilled();
            }
            rows.map(|rows| rows.len() == entries.len())
        }
        Family::Sqlite => {
            let done = target.connection.execute(&insert(entries, target)).await;
            done.map(|done| done.rows_affected() == entries.len() as u64)
        }
    };
    match written {
        Ok(true) => {
            observed::written();
            Ok(())
        }
        Ok(false) => Err(Error::NotLogged(LEFT_OUT)),
        Err(error) => Err(failed_to_log(target, error)),
    }
}

pub(super) const LEFT_OUT: &str = "a trigger or rule left it out, or another table took it";
pub(super) const HIDDEN: &str =
    "a temporary table or a view of that name hides the log, or a rule stands in for it";

fn insert<C: ConnectionTrait>(entries: &[NewEntry], target: &Target<'_, C>) -> InsertStatement {
    let mut insert = Query::insert().into_table(table(target)).to_owned();
    for (nth, entry) in entries.iter().enumerate() {
        let (columns, mut values): (Vec<_>, Vec<_>) = entry
            .values(target)
            .map(|(column, value)| (column, Expr::val(value)))
            .unzip();
        if nth == 0 && is_hideable(target) {
            values[0] = Expr::cust_with_exprs(UNLESS_TEMPORARY, [values[0].clone()]);
        }
        insert.columns(columns).values_panic(values);
    }
    insert
}

/// The table of the log. A restricted connection accepts tables only without a schema.
fn table<C: ConnectionTrait>(target: &Target<'_, C>) -> TableRef {
    if is_hideable(target) {
        return audit_log::Entity.into_table_ref();
    }
    audit_log::table(target.connection.get_database_backend(), target.schema)
}

/// Whether a temporary table of its name could hide the log.
fn is_hideable<C: ConnectionTrait>(target: &Target<'_, C>) -> bool {
    target.is_restricted && Family::of(target.connection).log_schema().is_some()
}

/// Fails the statement by an integer overflow.
const UNLESS_TEMPORARY: &str = "CASE WHEN EXISTS (SELECT 1 FROM sqlite_temp_master WHERE lower(name) = 'audit_log') \
    THEN abs(-9223372036854775808) ELSE ? END";

pub(super) fn now() -> DateTime<Utc> {
    Now::now()
}
