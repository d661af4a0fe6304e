//! The version of the schema: the installed one, and the builds that can use it.
//!
//! `audit_log_version` has a row for each version. A build that does not know a version refuses the log. So a version
//! that earlier builds can use is stored as a negative number, which is below all that they know. Version 2 is one,
//! because it changes only indexes.

use sea_orm::{ConnectionTrait, Statement};

use crate::{Error, dialect::Dialect};

/// The version that this build installs.
pub(super) const VERSION: i32 = 2;

/// The latest version that is not stored as a negative number.
const REQUIRED: i32 = 1;

/// The version of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) installed: i32,
    /// The minimum version that a build must know.
    pub(super) required: i32,
}

/// Creates the table of versions, with this one. It comes last: until then the installation is incomplete.
pub(super) fn statements(dialect: Dialect) -> [String; 2] {
    let create = "CREATE TABLE IF NOT EXISTS audit_log_version (version integer PRIMARY KEY)";
    let versions = format!("({REQUIRED}), (-{VERSION})");
    [create.to_owned(), insert(&versions, dialect)]
}

/// The statement that records the upgrade of an earlier log.
pub(super) fn upgraded(dialect: Dialect) -> String {
    insert(&format!("(-{VERSION})"), dialect)
}

/// The version of the log, unless its installation is incomplete.
pub(super) async fn of<C: ConnectionTrait>(db: &C) -> Result<Option<Version>, Error> {
    let question = Statement::from_string(
        db.get_database_backend(),
        "SELECT max(abs(version)) AS installed, max(version) AS required FROM audit_log_version",
    );
    let Some(row) = db.query_one_raw(question).await? else {
        return Ok(None);
    };
    let installed: Option<i32> = row.try_get("", "installed")?;
    let required: Option<i32> = row.try_get("", "required")?;
    Ok(installed
        .zip(required)
        .map(|(installed, required)| Version {
            installed,
            required,
        }))
}

fn insert(versions: &str, dialect: Dialect) -> String {
    let (insert, or_ignore) = match dialect {
        Dialect::Postgres | Dialect::Sqlite => ("INSERT", " ON CONFLICT DO NOTHING"),
        Dialect::MySql | Dialect::MariaDb => ("INSERT IGNORE", ""),
    };
    format!("{insert} INTO audit_log_version (version) VALUES {versions}{or_ignore}")
}
