//! Describes an error by its code. The code contains no value; the database's message may contain one.

use sea_orm::sqlx::error::DatabaseError;

/// The meaning of the code, with the names of tables if the message has a form that contains nothing else.
pub(super) fn told(error: &dyn DatabaseError) -> Option<String> {
    if let Some(denied) = denied(error) {
        return Some(denied);
    }
    let told = match &*error.code()? {
        "25006" => "the transaction or the server is read-only",
        "25P02" => "an earlier statement of the transaction failed",
        "40001" => "others were in the way: the transaction can be tried again",
        "40P01" => "a deadlock",
        "42501" => "this account lacks a right, or a trigger refused",
        "42601" => "the statement cannot be parsed",
        "42703" => "a column does not exist",
        "42883" => "a function does not exist",
        "42P01" | "42S02" => "a table does not exist",
        "42S22" => "a column does not exist",
        "53100" => "the disk is full",
        "53200" => "the server is out of memory",
        "53300" => "the server has no connection left",
        "55006" => "what the statement needs is in use",
        "55P03" => "a lock was not available in time",
        "57014" => "the statement was cancelled or timed out",
        "57P01" | "57P02" => "the server is shutting down",
        "57P03" => "the server cannot be connected to now",
        _ => return None,
    };
    Some(told.to_owned())
}

/// The right that an account lacks, and its object.
pub(super) fn denied(error: &dyn DatabaseError) -> Option<String> {
    let message = error.message();
    match &*error.code()? {
        "42501" => denied_on_postgres(message),
        "42000" => denied_on_mysql(message),
        _ => None,
    }
}

/// `permission denied for table users`. PostgreSQL does not say which right is missing.
fn denied_on_postgres(message: &str) -> Option<String> {
    let object = message.strip_prefix("permission denied for ")?;
    let (kind, name) = object.split_once(' ')?;
    let right = match (kind, name) {
        ("table", "audit_log") => {
            "INSERT on all columns but `id` and `recorded_at`, and SELECT to read it"
        }
        ("table" | "view", _) if name.starts_with("audit_") => "SELECT",
        ("table" | "view", _) => "SELECT, and INSERT, UPDATE or DELETE for what is written",
        ("sequence", _) => "USAGE",
        ("schema", _) => "USAGE",
        ("function", _) => "EXECUTE",
        _ => return None,
    };
    Some(format!(
        "this account has no right to {object}: it needs {right}"
    ))
}

/// `INSERT command denied to user 'app'@'localhost' for table 'users'`, or `for column 'role' in table 'users'`.
fn denied_on_mysql(message: &str) -> Option<String> {
    let (right, rest) = message.split_once(" command denied to user ")?;
    let is_word = |char: char| char.is_ascii_uppercase() || matches!(char, ' ' | ',');
    if right.is_empty() || !right.chars().all(is_word) {
        return None;
    }
    let (_, table) = rest.rsplit_once(" table ")?;
    let table = table.replace(['\'', '`'], "");
    let column = rest
        .rsplit_once(" for column ")
        .and_then(|(_, column)| column.split('\'').nth(1));
    let column = column
        .map(|column| format!(" column {column} of"))
        .unwrap_or_default();
    Some(format!(
        "this account lacks the right {right} on{column} table {table}"
    ))
}
