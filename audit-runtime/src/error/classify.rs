//! Classification of database errors.

use sea_orm::{
    ConnAcquireErr, DbErr, RuntimeErr,
    sqlx::{
        self,
        error::{DatabaseError, ErrorKind},
    },
};

use super::{facts::Violation, withheld::Withheld};

/// Whether the error contains no value. `Custom` errors come from the application's hooks, not from the database.
pub(super) fn holds_no_value(error: &DbErr) -> bool {
    matches!(
        error,
        DbErr::Custom(_)
            | DbErr::ConnectionAcquire(_)
            | DbErr::AccessDenied { .. }
            | DbErr::AttrNotSet(_)
            | DbErr::BackendNotSupported { .. }
            | DbErr::PrimaryKeyNotSet { .. }
            | DbErr::RecordNotInserted
            | DbErr::RecordNotUpdated
            | DbErr::UnpackInsertId
    )
}

/// The message of an error for values that were refused before they were sent.
pub(crate) const UNSENT: &str = "a date or number that the database cannot hold was not sent: \
    MySQL has the years 0 to 9999, no leap seconds and finite numbers, and an instant is one in UTC";

/// Whether a failed COMMIT, or a failed statement that commits by itself, certainly had no effect.
pub(crate) fn is_certainly_undone(error: &DbErr) -> bool {
    let Some(database) = database_error(error) else {
        return match error {
            DbErr::ConnectionAcquire(_) | DbErr::RbacError(_) | DbErr::AccessDenied { .. } => true,
            DbErr::Custom(problem) => problem == UNSENT,
            _ => driver_error(error).is_some_and(is_unsent),
        };
    };
    let code = database.code().unwrap_or_default();
    match &*code {
        "40003" => false,
        // The driver could not encode a value and omitted it. Other errors with this code may come from a pooler.
        "08P01" => database.message().starts_with("bind message supplies"),
        // A statement was cancelled or timed out, or the session ended before it. PostgreSQL does not commit.
        "57014" | "57P03" | "57P05" => true,
        // MySQL has no specific SQLSTATE for most errors, including some that occur during a commit.
        "HY000" => UNDONE_ON_MYSQL
            .iter()
            .any(|number| error_number(database) == Some(*number)),
        // Classes 08 (connection), 57 and 70 (operator intervention), 58 and XX (internal error).
        code if code.len() == 5 => !["08", "57", "58", "70", "XX"].contains(&&code[..2]),
        // SQLite: any error except an input/output error.
        code => primary_code(code) != Some(10),
    }
}

/// Errors that MySQL and MariaDB report before a statement ends, and therefore before any commit: a record changed
/// under a snapshot, out of memory, a full table, a lock that timed out, too many locks, a server or table that is
/// read-only, a column without a default or with a wrong value, a table in use by a trigger, a missing definer, no
/// further id, no partition, a server that was closing an idle session, a check constraint.
const UNDONE_ON_MYSQL: [u32; 17] = [
    1020, 1037, 1041, 1114, 1205, 1206, 1290, 1364, 1366, 1442, 1449, 1467, 1526, 1836, 1874, 3819,
    4031,
];

/// The error number at the start of a message of MySQL's driver.
fn error_number(error: &dyn DatabaseError) -> Option<u32> {
    error.to_string().split(' ').next()?.parse().ok()
}

/// Whether the driver refused a statement before it sent anything.
fn is_unsent(error: &sqlx::Error) -> bool {
    use sqlx::Error::{
        Configuration, Encode, InvalidArgument, PoolClosed, PoolTimedOut, TypeNotFound,
    };

    matches!(
        error,
        Configuration(_)
            | Encode(_)
            | InvalidArgument(_)
            | PoolClosed
            | PoolTimedOut
            | TypeNotFound { .. }
    )
}

/// Whether the columns of an upsert have no unique constraint.
pub(super) fn is_no_conflict_target(error: &DbErr) -> bool {
    database_error(error).is_some_and(|error| {
        error.code().is_some_and(|code| code == "42P10")
            || error
                .message()
                .starts_with("ON CONFLICT clause does not match")
    })
}

pub(crate) fn is_unique_violation(error: &DbErr) -> bool {
    database_error(error).is_some_and(|error| error.kind() == ErrorKind::UniqueViolation)
}

pub(crate) fn is_foreign_key_violation(error: &DbErr) -> bool {
    database_error(error).is_some_and(|error| error.kind() == ErrorKind::ForeignKeyViolation)
}

/// Whether a PostgreSQL object that is neither a table nor a column does not exist.
pub(crate) fn is_undefined_object(error: &DbErr) -> bool {
    database_error(error).is_some_and(|error| error.code().is_some_and(|code| code == "42704"))
}

/// Whether a table does not exist, or the account may not read it or its database.
pub(crate) fn is_unreadable_table(error: &DbErr) -> bool {
    let Some(error) = database_error(error) else {
        return false;
    };
    match error.code().as_deref() {
        Some("42P01" | "42501" | "42S02") => true,
        Some("42000") => {
            let message = error.message();
            message.contains("command denied") || message.contains(" to database '")
        }
        _ => error.message().starts_with("no such table: "),
    }
}

/// Whether MySQL was asked for the rights of a role that the account does not have.
pub(crate) fn is_role_not_granted(error: &DbErr) -> bool {
    has_number(error, "3530 ")
}

/// Whether a statement used a temporary table twice on MySQL.
pub(crate) fn is_reopened_table(error: &DbErr) -> bool {
    has_number(error, "1137 ")
}

/// Whether a scalar subquery of MariaDB returned two rows.
pub(crate) fn is_two_rows_for_one(error: &DbErr) -> bool {
    has_number(error, "1242 ")
}

/// Whether SQLite found another `audit_log` than that of the main schema.
pub(crate) fn is_of_other_schema(error: &DbErr) -> bool {
    database_error(error)
        .is_some_and(|error| error.message() == "no such column: main.audit_log.id")
}

/// Whether the account may not read a table or a column on MySQL or MariaDB.
pub(crate) fn is_denied(error: &DbErr) -> bool {
    has_number(error, "1142 ") || has_number(error, "1143 ")
}

/// Whether the account may not make this change, or nobody may: the database or the transaction is read-only.
pub(crate) fn is_not_permitted(error: &DbErr) -> bool {
    const NUMBERS: [&str; 6] = ["1044 ", "1142 ", "1143 ", "1290 ", "1792 ", "1836 "];
    let code = database_error(error).and_then(DatabaseError::code);
    match code.as_deref() {
        Some("42501" | "25006") => true,
        // SQLite: read-only
        Some(code) if code.len() < 5 => primary_code(code) == Some(8),
        Some(_) | None => NUMBERS.iter().any(|number| has_number(error, number)),
    }
}

/// Whether MariaDB found a row that changed after the transaction's snapshot.
pub(crate) fn is_changed_since(error: &DbErr) -> bool {
    has_number(error, "1020 ")
}

/// Whether the database rolled back the transaction because of a concurrent one.
pub(super) fn is_undone_for_others(error: &DbErr) -> bool {
    let code = database_error(error).and_then(DatabaseError::code);
    matches!(code.as_deref(), Some("40001" | "40P01")) || is_changed_since(error)
}

fn has_number(error: &DbErr, number: &str) -> bool {
    database_error(error).is_some_and(|error| error.to_string().starts_with(number))
}

/// The SQLSTATE with which a guard refuses a change without an entry.
pub(crate) const UNAUDITED: &str = "UA001";

/// The entity type, the row and the action of a change that a guard refused.
pub(super) fn unaudited(error: &DbErr) -> Option<(String, String, String)> {
    let error = database_error(error)?;
    if error.code().as_deref() != Some(UNAUDITED) {
        return None;
    }
    serde_json::from_str(error.constraint()?).ok()
}

/// Whether the error is about the log's table.
pub(crate) fn is_of_log(error: &DbErr) -> bool {
    database_error(error).is_some_and(|error| error.table() == Some("audit_log"))
}

pub(super) fn database_error(error: &DbErr) -> Option<&dyn DatabaseError> {
    driver_error(error)?.as_database_error()
}

fn driver_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

pub(super) fn violation(error: &dyn DatabaseError) -> Option<Violation> {
    match error.kind() {
        ErrorKind::UniqueViolation => Some(Violation::Unique),
        ErrorKind::ForeignKeyViolation => Some(Violation::ForeignKey),
        ErrorKind::NotNullViolation => Some(Violation::NotNull),
        ErrorKind::CheckViolation => Some(Violation::Check),
        _ => None,
    }
}

/// PostgreSQL reports the constraint's name separately. MySQL and SQLite report it in a part of the message that
/// contains no values.
pub(super) fn constraint(error: &dyn DatabaseError) -> Option<String> {
    if let Some(constraint) = error.constraint() {
        return Some(constraint.to_owned());
    }
    violation(error)?;
    let message = error.message();
    let between = |start: &str, end: char| {
        let (_, rest) = message.rsplit_once(start)?;
        Some(rest.split(end).next().unwrap_or(rest).to_owned())
    };
    between(" for key '", '\'')
        .or_else(|| between("CONSTRAINT `", '`'))
        .or_else(|| between("constraint failed: ", '\n'))
}

pub(super) fn is_retryable(error: &DbErr) -> bool {
    if matches!(error, DbErr::ConnectionAcquire(ConnAcquireErr::Timeout)) {
        return true;
    }
    let Some(error) = database_error(error) else {
        return false;
    };
    if let Some(withheld) = error.try_downcast_ref::<Withheld>() {
        return withheld.0.retryable;
    }
    let code = error.code().unwrap_or_default();
    match &*code {
        // serialization failure, deadlock, lock not available
        "40001" | "40P01" | "55P03" => true,
        // MySQL has no specific SQLSTATE for a lock wait timeout or a record changed under a snapshot.
        "HY000" => ["1205 ", "1020 "]
            .iter()
            .any(|number| error.to_string().starts_with(number)),
        // SQLite: busy, locked
        code => code.len() < 5 && matches!(primary_code(code), Some(5 | 6)),
    }
}

/// Whether a column or a cast cannot hold a value.
pub(super) fn is_data_exception(error: &dyn DatabaseError) -> bool {
    if let Some(withheld) = error.try_downcast_ref::<Withheld>() {
        return withheld.0.data_exception;
    }
    match &*error.code().unwrap_or_default() {
        // MySQL has no specific SQLSTATE for text outside of a column's character set, or text that is not a number.
        "HY000" => error.to_string().starts_with("1366 "),
        code if code.len() == 5 => code.starts_with("22"),
        // SQLite: too big, mismatch
        code => matches!(primary_code(code), Some(18 | 20)),
    }
}

fn primary_code(extended: &str) -> Option<u32> {
    extended.parse().ok().map(|code: u32| code & 0xff)
}
