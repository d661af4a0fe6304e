//! The triggers of retention. They permit the deletion of an entry, or of values in it, if the same transaction lists the
//! entry.
//!
//! [`retention`](crate::retention) installs them in place of the append-only triggers. A build without that feature knows
//! them too, so that it does not report them as a defect.

use crate::{audit_log::Column, dialect::Dialect};

/// The statements that create them and their tables, in order. Each may run again.
pub(crate) fn statements(dialect: Dialect) -> Vec<String> {
    let text = match dialect {
        Dialect::Postgres => return vec![postgres()],
        Dialect::MySql => MYSQL.replace("{collation}", "utf8mb4_0900_bin"),
        Dialect::MariaDb => MYSQL.replace("{collation}", "utf8mb4_nopad_bin"),
        Dialect::Sqlite => SQLITE.to_owned(),
    };
    let text = text.replace("@covers OLD@", &covers("", "OLD", 8));
    let statements = text.split("\n\n");
    statements
        .map(|statement| statement.trim_end().trim_end_matches(';').to_owned())
        .collect()
}

/// On MySQL, MariaDB and SQLite: the triggers that are replaced, and the statements that create their replacements.
pub(super) fn triggers(dialect: Dialect) -> Vec<(&'static str, String)> {
    let statements = statements(dialect);
    let pairs = [
        ("audit_log_no_delete", "audit_log_purge_only"),
        ("audit_log_no_update", "audit_log_erase_only"),
    ];
    let statement = |name: &str| {
        let is_it = |statement: &&String| statement.split(['"', '`']).nth(1) == Some(name);
        statements.iter().find(is_it).cloned()
    };
    let pairs = pairs.into_iter();
    pairs
        .filter_map(|(replaced, name)| Some((replaced, statement(name)?)))
        .collect()
}

/// The bodies of these functions on PostgreSQL, with `@log@` for the log's schema.
pub(super) fn bodies() -> [(&'static str, String); 4] {
    let text = postgres();
    [
        "audit_log_purge_only",
        "audit_log_erase_only",
        "audit_retention_wrote",
        "audit_retention_erased",
    ]
    .map(|name| {
        let body = text
            .split_once(&format!("FUNCTION @log@.{name}("))
            .and_then(|(_, rest)| rest.split("$body$").nth(1));
        (name, body.unwrap_or_default().to_owned())
    })
}

fn postgres() -> String {
    ["g", "OLD"]
        .iter()
        .fold(POSTGRES.to_owned(), |text, entry| {
            text.replace(&format!("@covers {entry}@"), &covers("h.", entry, 12))
        })
}

/// The condition that a hold covers an entry and is not released.
fn covers(hold: &str, entry: &str, indent: usize) -> String {
    let is = |column| format!("({hold}{column} IS NULL OR {hold}{column} = {entry}.{column})");
    let [of_type, id, kind, actor] = ["entity_type", "entity_id", "actor_kind", "actor_id"].map(is);
    let from = format!("({hold}from_time IS NULL OR {entry}.recorded_at >= {hold}from_time)");
    let to = format!("({hold}to_time IS NULL OR {entry}.recorded_at < {hold}to_time)");
    let and = format!("\n{:indent$}AND", "");
    format!(
        "{hold}released_by IS NULL{and} {of_type} AND {id}{and} {kind} AND {actor}{and} {from} AND {to}"
    )
}

/// The columns from which an erasure takes values.
pub(super) const ERASED: [Column; 8] = [
    Column::EntityLabel,
    Column::ActorName,
    Column::Ip,
    Column::UserAgent,
    Column::SessionId,
    Column::Reason,
    Column::Changes,
    Column::Metadata,
];

const POSTGRES: &str = include_str!("purge_only/postgres.sql");
const MYSQL: &str = include_str!("purge_only/mysql.sql");
const SQLITE: &str = include_str!("purge_only/sqlite.sql");
