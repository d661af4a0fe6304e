//! The trigger that lets entries leave the log which the same transaction lists, in place of the one that lets none.
//!
//! [`retention`](crate::retention) installs it. Every build knows it, so that none takes it for a defect.

use crate::dialect::Dialect;

/// What creates it and its tables, in order, one statement a string. Each may run again.
pub(crate) fn statements(dialect: Dialect) -> Vec<String> {
    let text = match dialect {
        Dialect::Postgres => return vec![POSTGRES.to_owned()],
        Dialect::MySql => MYSQL.replace("{collation}", "utf8mb4_0900_bin"),
        Dialect::MariaDb => MYSQL.replace("{collation}", "utf8mb4_nopad_bin"),
        Dialect::Sqlite => SQLITE.to_owned(),
    };
    let statements = text.split("\n\n");
    statements
        .map(|statement| statement.trim_end().trim_end_matches(';').to_owned())
        .collect()
}

/// The statement that creates the trigger on MySQL, MariaDB or SQLite.
pub(super) fn trigger(dialect: Dialect) -> Option<String> {
    statements(dialect).into_iter().find(|statement| {
        statement.contains("BEFORE DELETE ON `audit_log`")
            || statement.contains("BEFORE DELETE ON \"audit_log\"")
    })
}

/// The bodies of these functions on PostgreSQL, with `@log@` for the log's schema.
pub(super) fn bodies() -> [(&'static str, &'static str); 2] {
    ["audit_log_purge_only", "audit_retention_wrote"].map(|name| {
        let body = POSTGRES
            .split_once(&format!("FUNCTION @log@.{name}("))
            .and_then(|(_, rest)| rest.split("$body$").nth(1));
        (name, body.unwrap_or_default())
    })
}

const POSTGRES: &str = include_str!("purge_only/postgres.sql");
const MYSQL: &str = include_str!("purge_only/mysql.sql");
const SQLITE: &str = include_str!("purge_only/sqlite.sql");
