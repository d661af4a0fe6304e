//! What the database said, without what it must not repeat.

use std::{borrow::Cow, fmt, sync::Arc};

use sea_orm::{
    ConnAcquireErr, DbErr, RuntimeErr, SqlErr,
    sqlx::{self, error::ErrorKind},
};

/// An error of the database or of SeaORM.
///
/// Databases quote values in their messages (`Duplicate entry '…'`). For an entity with redacted or skipped
/// fields, or with hooks, which may write to such a one, and for a commit the message is therefore left out, and
/// kind, code and constraint are what remains.
#[derive(Debug)]
// Boxed, so that a result of this crate stays small.
pub struct DatabaseError(Box<Parts>);

#[derive(Debug)]
struct Parts {
    violation: Option<Violation>,
    code: Option<String>,
    constraint: Option<String>,
    retryable: bool,
    /// `None` where the message could hold a secret.
    source: Option<DbErr>,
    summary: String,
}

/// The kinds of constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Violation {
    /// A unique constraint or primary key.
    Unique,
    /// A foreign key.
    ForeignKey,
    /// NULL in a column that has none.
    NotNull,
    /// A check constraint.
    Check,
}

impl DatabaseError {
    /// The constraint's kind, if a constraint was violated.
    pub fn violation(&self) -> Option<Violation> {
        self.0.violation
    }

    /// The database's code: SQLSTATE on PostgreSQL and MySQL, the extended result code on SQLite.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The violated constraint's name, where the database tells it.
    pub fn constraint(&self) -> Option<&str> {
        self.0.constraint.as_deref()
    }

    /// See [`Error::is_retryable`](crate::Error::is_retryable).
    pub fn is_retryable(&self) -> bool {
        self.0.retryable
    }

    /// See [`Error::sql_err`](crate::Error::sql_err).
    pub fn sql_err(&self) -> Option<SqlErr> {
        if let Some(told) = self.0.source.as_ref().and_then(DbErr::sql_err) {
            return Some(told);
        }
        let constraint = || self.0.constraint.clone().unwrap_or_default();
        match self.0.violation? {
            Violation::Unique => Some(SqlErr::UniqueConstraintViolation(constraint())),
            Violation::ForeignKey => Some(SqlErr::ForeignKeyConstraintViolation(constraint())),
            Violation::NotNull | Violation::Check => None,
        }
    }

    /// The error without its message and source.
    pub(crate) fn scrubbed(error: DbErr) -> Self {
        if holds_no_value(&error) {
            return error.into();
        }
        let mut error = Self::from(error);
        error.0.source = None;
        error
    }
}

impl From<DbErr> for DatabaseError {
    fn from(source: DbErr) -> Self {
        let database = database_error(&source);
        let violation = database.and_then(violation);
        let code = database.and_then(|error| error.code().map(|code| code.into_owned()));
        let constraint = database.and_then(constraint);
        let summary = summary(&source, violation, constraint.as_deref(), code.as_deref());
        Self(Box::new(Parts {
            retryable: is_retryable(&source),
            violation,
            code,
            constraint,
            summary,
            source: Some(source),
        }))
    }
}

impl From<DatabaseError> for DbErr {
    fn from(error: DatabaseError) -> Self {
        match error.0.source {
            Some(source) => source,
            None if error.0.code.is_some() => {
                let error = sqlx::Error::Database(Box::new(Withheld(error.0)));
                DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
            }
            None => DbErr::Exec(RuntimeErr::Internal(error.to_string())),
        }
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.source {
            Some(source) => source.fmt(f),
            None => write!(
                f,
                "{} (the message is withheld: it may hold a redacted value)",
                self.0.summary
            ),
        }
    }
}

impl std::error::Error for DatabaseError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}

/// A database's error without its message, as SeaORM carries one: its kind survives the way through a [`DbErr`].
#[derive(Debug)]
struct Withheld(Box<Parts>);

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.summary)
    }
}

impl std::error::Error for Withheld {}

impl sqlx::error::DatabaseError for Withheld {
    fn message(&self) -> &str {
        &self.0.summary
    }

    fn code(&self) -> Option<Cow<'_, str>> {
        self.0.code.as_deref().map(Cow::Borrowed)
    }

    fn constraint(&self) -> Option<&str> {
        self.0.constraint.as_deref()
    }

    fn kind(&self) -> ErrorKind {
        match self.0.violation {
            Some(Violation::Unique) => ErrorKind::UniqueViolation,
            Some(Violation::ForeignKey) => ErrorKind::ForeignKeyViolation,
            Some(Violation::NotNull) => ErrorKind::NotNullViolation,
            Some(Violation::Check) => ErrorKind::CheckViolation,
            None => ErrorKind::Other,
        }
    }

    fn as_error(&self) -> &(dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn as_error_mut(&mut self) -> &mut (dyn std::error::Error + Send + Sync + 'static) {
        self
    }

    fn into_error(self: Box<Self>) -> Box<dyn std::error::Error + Send + Sync + 'static> {
        self
    }
}

/// A hook's own words (`Custom`) are the application's, not the database's.
fn holds_no_value(error: &DbErr) -> bool {
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

/// Whether a COMMIT that failed certainly did not happen.
pub(crate) fn is_certainly_uncommitted(error: &DbErr) -> bool {
    // MySQL gives what goes wrong inside a commit no SQLSTATE of its own.
    is_certainly_undone(error)
        && database_error(error)
            .and_then(|error| error.code())
            .as_deref()
            != Some("HY000")
}

/// Whether a statement that failed by itself, outside of a transaction, certainly did nothing.
pub(crate) fn is_certainly_undone(error: &DbErr) -> bool {
    let Some(database) = database_error(error) else {
        return matches!(
            error,
            DbErr::ConnectionAcquire(_) | DbErr::RbacError(_) | DbErr::AccessDenied { .. }
        );
    };
    let code = database.code().unwrap_or_default();
    match code.len() {
        // 08 connection, 57 and 70 intervention, 58 and XX internal, 40003 says so itself.
        5 => !["08", "57", "58", "70", "XX"].contains(&&code[..2]) && code != "40003",
        // SQLite: anything but an input/output error.
        _ => primary_code(&code) != Some(10),
    }
}

fn database_error(error: &DbErr) -> Option<&dyn sqlx::error::DatabaseError> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => error.as_database_error(),
        _ => None,
    }
}

fn violation(error: &dyn sqlx::error::DatabaseError) -> Option<Violation> {
    match error.kind() {
        ErrorKind::UniqueViolation => Some(Violation::Unique),
        ErrorKind::ForeignKeyViolation => Some(Violation::ForeignKey),
        ErrorKind::NotNullViolation => Some(Violation::NotNull),
        ErrorKind::CheckViolation => Some(Violation::Check),
        _ => None,
    }
}

/// PostgreSQL names the constraint; MySQL and SQLite say it in the part of the message that holds no values.
fn constraint(error: &dyn sqlx::error::DatabaseError) -> Option<String> {
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

fn is_retryable(error: &DbErr) -> bool {
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
        // MySQL has no SQLSTATE of its own for a lock wait timeout or a record changed under a snapshot.
        "HY000" => ["1205 ", "1020 "]
            .iter()
            .any(|number| error.to_string().starts_with(number)),
        // SQLite: busy, locked
        code => code.len() < 5 && matches!(primary_code(code), Some(5 | 6)),
    }
}

fn primary_code(extended: &str) -> Option<u32> {
    extended.parse().ok().map(|code: u32| code & 0xff)
}

fn summary(
    error: &DbErr,
    violation: Option<Violation>,
    constraint: Option<&str>,
    code: Option<&str>,
) -> String {
    let what = match violation {
        Some(Violation::Unique) => "unique constraint violated",
        Some(Violation::ForeignKey) => "foreign key violated",
        Some(Violation::NotNull) => "a column cannot be null",
        Some(Violation::Check) => "check constraint violated",
        None => match error {
            DbErr::Exec(_) | DbErr::Query(_) if database_error(error).is_some() => {
                "the database refused the statement"
            }
            DbErr::Conn(_) | DbErr::Exec(_) | DbErr::Query(_) => "the connection failed",
            DbErr::Type(_) | DbErr::Json(_) | DbErr::TryIntoErr { .. } => {
                "a value does not fit its type"
            }
            _ => "the write failed",
        },
    };
    let constraint = constraint
        .map(|name| format!(": {name}"))
        .unwrap_or_default();
    let code = code
        .map(|code| format!(", code {code}"))
        .unwrap_or_default();
    format!("{what}{constraint}{code}")
}
