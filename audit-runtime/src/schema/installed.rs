//! Reads the installed schema.

use std::collections::{HashMap, HashSet};

use sea_orm::{ConnectionTrait, FromQueryResult, Iden, Iterable, Statement};

use super::{
    append_only, definition, hidden,
    privilege::may,
    version::{self, VERSION, Version},
};
use crate::{
    Error, audit_log,
    dialect::{Dialect, Family},
};

/// The state of the installed schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Incomplete,
    /// Complete, but these triggers are missing, disabled or changed.
    Unprotected(Vec<String>),
    /// Complete, but of this earlier version.
    Outdated(i32),
    Complete,
}

/// Reads the state, and refuses foreign objects. It changes nothing.
pub(super) async fn state<C: ConnectionTrait>(db: &C) -> Result<State, Error> {
    let dialect = Dialect::of(db).await?;
    if hidden::hiding(db, dialect).await?.is_some() {
        return Err(Error::LogHidden);
    }
    let found = relations(db).await?;
    let version = version_among(&found, db).await?;
    if let Some(version) = version.filter(|version| version.required > VERSION) {
        return Err(Error::NewerSchema {
            installed: version.installed,
            known: VERSION,
        });
    }
    let is_installed = version.is_some();
    let complete = match version {
        Some(version) if version.installed < VERSION => State::Outdated(version.installed),
        Some(_) | None => State::Complete,
    };
    let mut is_complete = is_installed;
    for (table, expected) in expected() {
        let Some(columns) = found.get(table) else {
            is_complete = false;
            continue;
        };
        let is_missing = |column: &String| !columns.contains(column);
        let missing: Vec<_> = expected.into_iter().filter(is_missing).collect();
        if missing.is_empty() {
            continue;
        }
        return match (sees_all(db, dialect).await?, is_installed) {
            (true, _) => Err(Error::ForeignTable { table, missing }),
            (false, true) => Ok(complete),
            (false, false) => Err(Error::HiddenColumns { table, missing }),
        };
    }
    if found.contains_key("audit_log") {
        let differences = definition::differences(db, dialect).await?;
        if !differences.is_empty() {
            return Err(Error::DifferentColumns { differences });
        }
    }
    if !is_complete {
        return Ok(match is_installed && !sees_all(db, dialect).await? {
            true => complete,
            false => State::Incomplete,
        });
    }
    let triggers = append_only::defects(db, dialect).await?;
    Ok(match triggers.is_empty() {
        true => complete,
        false => State::Unprotected(triggers),
    })
}

/// The version of the log, unless its installation is incomplete.
pub(super) async fn version<C: ConnectionTrait>(db: &C) -> Result<Option<Version>, Error> {
    version_among(&relations(db).await?, db).await
}

async fn version_among<C: ConnectionTrait>(
    relations: &HashMap<String, HashSet<String>>,
    db: &C,
) -> Result<Option<Version>, Error> {
    let columns = relations.get(VERSION_TABLE);
    match columns.is_some_and(|columns| columns.contains("version")) {
        true => version::of(db).await,
        false => Ok(None),
    }
}

/// Whether an object that this account cannot see does not exist.
///
/// MySQL and MariaDB hide columns and views from an account without a privilege on them. An account that may create a
/// view of the log sees all.
async fn sees_all<C: ConnectionTrait>(db: &C, dialect: Dialect) -> Result<bool, Error> {
    match dialect {
        Dialect::MySql | Dialect::MariaDb => may(db, "CREATE VIEW").await,
        Dialect::Postgres | Dialect::Sqlite => Ok(true),
    }
}

/// Whether the log exists.
#[cfg(feature = "migration")]
pub(super) async fn has_log<C: ConnectionTrait>(db: &C) -> Result<bool, Error> {
    state(db).await?;
    Ok(relations(db).await?.contains_key("audit_log"))
}

const VERSION_TABLE: &str = "audit_log_version";

/// Every relation of the schema, with its columns.
fn expected() -> [(&'static str, Vec<String>); 3] {
    let log: Vec<_> = audit_log::Column::iter()
        .map(|column| column.to_string())
        .collect();
    let difference = ["before", "after", "diff"].map(String::from);
    let entries = log.iter().cloned().chain(difference).collect();
    [
        ("audit_log", log),
        ("audit_entries", entries),
        (VERSION_TABLE, vec!["version".to_owned()]),
    ]
}

/// The existing relations with these names, with their columns. They may be foreign.
pub(super) async fn relations<C: ConnectionTrait>(
    db: &C,
) -> Result<HashMap<String, HashSet<String>>, Error> {
    #[derive(FromQueryResult)]
    struct Row {
        relation: String,
        name: String,
    }
    let backend = db.get_database_backend();
    let catalog = match Family::from(backend) {
        Family::Postgres => POSTGRES,
        Family::MySql => MYSQL,
        Family::Sqlite => SQLITE,
    };
    let rows = Row::find_by_statement(Statement::from_string(backend, catalog))
        .all(db)
        .await?;
    let mut relations = HashMap::<_, HashSet<_>>::new();
    for Row { relation, name } in rows {
        relations.entry(relation).or_default().insert(name);
    }
    Ok(relations)
}

const POSTGRES: &str = "SELECT relname::text AS relation, attname::text AS name
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE attrelid IN (to_regclass('audit_log'), to_regclass('audit_entries'), to_regclass('audit_log_version'))
AND attnum > 0 AND NOT attisdropped";

const MYSQL: &str = "SELECT table_name AS relation, column_name AS name
FROM information_schema.columns
WHERE table_schema = DATABASE() AND table_name IN ('audit_log', 'audit_entries', 'audit_log_version')";

// The columns of a view cannot be read after its table was dropped.
const SQLITE: &str = "SELECT relations.name AS relation, columns.name AS name
FROM sqlite_master AS relations, pragma_table_info(relations.name) AS columns
WHERE relations.name IN ('audit_log', 'audit_entries', 'audit_log_version')
AND (relations.type = 'table' OR EXISTS (SELECT 1 FROM sqlite_master WHERE name = 'audit_log'))";
