//! Reads the installed schema and its version.

use std::collections::{HashMap, HashSet};

use sea_orm::{ConnectionTrait, FromQueryResult, Iden, Iterable, Statement};

use super::{append_only, definition, hidden, privilege::may};
use crate::{
    Error, audit_log,
    dialect::{Dialect, Family},
};

/// The version that this build installs.
const VERSION: i32 = 1;

/// The table of installed versions, with this version. It comes last: until then the installation is incomplete.
pub(super) fn statements(dialect: Dialect) -> [String; 2] {
    let create = "CREATE TABLE IF NOT EXISTS audit_log_version (version integer PRIMARY KEY)";
    let (insert, or_ignore) = match dialect {
        Dialect::Postgres | Dialect::Sqlite => ("INSERT", " ON CONFLICT DO NOTHING"),
        Dialect::MySql | Dialect::MariaDb => ("INSERT IGNORE", ""),
    };
    [
        create.to_owned(),
        format!("{insert} INTO audit_log_version (version) VALUES ({VERSION}){or_ignore}"),
    ]
}

/// The state of the installed schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum State {
    Incomplete,
    /// Complete, but these triggers are missing, disabled or changed.
    Unprotected(Vec<String>),
    Complete,
}

/// Reads the state, and refuses foreign objects. It changes nothing.
pub(super) async fn state<C: ConnectionTrait>(db: &C) -> Result<State, Error> {
    let dialect = Dialect::of(db).await?;
    if hidden::hiding(db, dialect).await?.is_some() {
        return Err(Error::LogHidden);
    }
    let found = relations(db).await?;
    let has_version = found.get(VERSION_TABLE);
    let version = match has_version.is_some_and(|columns| columns.contains("version")) {
        true => version(db).await?,
        false => None,
    };
    if let Some(installed) = version.filter(|installed| *installed > VERSION) {
        return Err(Error::NewerSchema {
            installed,
            known: VERSION,
        });
    }
    let is_installed = version == Some(VERSION);
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
            (false, true) => Ok(State::Complete),
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
            true => State::Complete,
            false => State::Incomplete,
        });
    }
    let triggers = append_only::defects(db, dialect).await?;
    Ok(match triggers.is_empty() {
        true => State::Complete,
        false => State::Unprotected(triggers),
    })
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

async fn version<C: ConnectionTrait>(db: &C) -> Result<Option<i32>, Error> {
    let question = Statement::from_string(
        db.get_database_backend(),
        "SELECT max(version) AS version FROM audit_log_version",
    );
    match db.query_one_raw(question).await? {
        Some(row) => Ok(row.try_get("", "version")?),
        None => Ok(None),
    }
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
