//! Reads a table and its guard from the catalog of MySQL or MariaDB.

use std::collections::HashMap;

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, Statement, Value};

use super::SHARED;
use crate::{Error, audited::Audited};

/// The types of a table's columns, by their names.
pub(super) type Columns = HashMap<String, String>;

pub(super) async fn columns<E: Audited, C: ConnectionTrait>(db: &C) -> Result<Columns, Error> {
    #[derive(FromQueryResult)]
    struct Column {
        name: String,
        of: String,
    }
    let columns = Column::find_by_statement(about_table::<E>(COLUMNS))
        .all(db)
        .await?;
    Ok(columns
        .into_iter()
        .map(|column| (column.name, column.of))
        .collect())
}

/// Whether all shared objects of guards exist, as far as this account sees them.
pub(super) async fn is_shared_there<C: ConnectionTrait>(db: &C) -> Result<bool, Error> {
    Ok(count(db, IS_SHARED_THERE).await? == SHARED.len() as i64)
}

pub(super) async fn count<C: ConnectionTrait>(db: &C, question: &str) -> Result<i64, Error> {
    let question = Statement::from_string(DbBackend::MySql, question);
    match db.query_one_raw(question).await? {
        Some(row) => Ok(row.try_get("", "found")?),
        None => Ok(0),
    }
}

pub(super) async fn are_there<E: Audited, C: ConnectionTrait>(
    db: &C,
    triggers: &[(String, String)],
) -> Result<bool, Error> {
    #[derive(FromQueryResult)]
    struct Trigger {
        name: String,
        body: String,
    }
    let found = Trigger::find_by_statement(about_table::<E>(TRIGGERS))
        .all(db)
        .await?;
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(triggers.iter().all(|(name, statement)| {
        found.iter().any(|found| {
            let body = words(&found.body);
            found.name == *name && !body.is_empty() && words(statement).ends_with(&body)
        })
    }))
}

pub(super) async fn database<C: ConnectionTrait>(db: &C) -> Result<String, Error> {
    let question = "SELECT COALESCE(DATABASE(), '') AS `name`";
    let question = Statement::from_string(DbBackend::MySql, question);
    match db.query_one_raw(question).await? {
        Some(row) => Ok(row.try_get("", "name")?),
        None => Ok(String::new()),
    }
}

fn about_table<E: Audited>(question: &str) -> Statement {
    Statement::from_sql_and_values(DbBackend::MySql, question, name::<E>())
}

/// The table's name for catalog queries.
pub(in crate::schema::guard) fn name<E: Audited>() -> Vec<Value> {
    let entity = E::default();
    let schema = entity.schema_name().map(str::to_owned);
    vec![schema.into(), entity.table_name().into()]
}

pub(super) const IS_COLLECT_THERE: &str =
    "SELECT COUNT(*) AS `found` FROM information_schema.routines
WHERE routine_schema = DATABASE() AND routine_name = 'audit_guard_collect'";

const IS_SHARED_THERE: &str = "SELECT (SELECT COUNT(*) FROM information_schema.tables
    WHERE table_schema = DATABASE() AND table_name IN ('audit_guard_pending', 'audit_guard_mark'))
+ (SELECT COUNT(*) FROM information_schema.routines
    WHERE routine_schema = DATABASE() AND routine_name IN ('audit_guard_move', 'audit_guard_collect', 'audit_guard_note'))
+ (SELECT COUNT(*) FROM information_schema.triggers
    WHERE trigger_schema = DATABASE() AND trigger_name IN ('audit_guard_settle', 'audit_guard_marked', 'audit_guard_mark_event', 'audit_guard_unmarked',
        'audit_guard_mark_stays')) AS `found`";

/// The columns of a table that a guard can be installed on.
pub(in crate::schema::guard) const COLUMNS: &str = "SELECT CAST(columns.column_name AS char) AS `name`, CAST(columns.column_type AS char) AS `of`
FROM information_schema.columns JOIN information_schema.tables
    ON tables.table_schema = columns.table_schema AND tables.table_name = columns.table_name
WHERE columns.table_schema = COALESCE(?, DATABASE()) AND columns.table_name = ? AND tables.table_type = 'BASE TABLE'";

const TRIGGERS: &str = "SELECT CAST(trigger_name AS char) AS `name`, CAST(COALESCE(action_statement, '') AS char) AS `body`
FROM information_schema.triggers WHERE event_object_schema = COALESCE(?, DATABASE()) AND event_object_table = ?";
