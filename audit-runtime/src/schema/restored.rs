//! The table that receives entries restored from an archive.

/// The statement that creates a table with the columns of the log, without its keys, rules and triggers.
pub(crate) fn statement(table: &str) -> String {
    format!("CREATE TABLE {table} AS SELECT * FROM audit_log WHERE 1 = 0")
}

/// The statement that drops it.
pub(crate) fn removal(table: &str) -> String {
    format!("DROP TABLE {table}")
}
