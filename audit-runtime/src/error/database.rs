//! An error of the database. It omits a message that may quote a secret value.

use std::{fmt, sync::Arc};

use sea_orm::{DbErr, RuntimeErr, SqlErr, sqlx};

use super::{
    classify::{
        constraint, database_error, holds_no_value, is_data_exception, is_no_conflict_target,
        is_retryable, is_undone_for_others, violation,
    },
    facts::{ErrorFacts, Violation},
    summary::summary,
    told::denied,
    withheld::Withheld,
};

/// An error of the database or of SeaORM.
///
/// Databases quote values in their messages (`Duplicate entry '…'`). The message is omitted for an entity with redacted
/// or skipped fields, for an entity with hooks, which may write to such an entity, and for a commit. Kind, code and
/// constraint remain.
///
/// ```
#[doc = include_str!("../guide/example.txt")]
/// let taken = audit.insert(user::Draft::new().name("ann").role("user")).await.unwrap_err();
/// let Error::Database(error) = taken else { panic!("{taken}") };
/// assert_eq!(error.violation(), Some(audit_runtime::Violation::Unique));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
// Boxed to keep results small.
pub struct DatabaseError(Box<ErrorFacts>);

impl DatabaseError {
    /// Returns the kind of the violated constraint, if there is one.
    pub fn violation(&self) -> Option<Violation> {
        self.0.violation
    }

    /// Returns the database's code: SQLSTATE on PostgreSQL and MySQL, the extended result code on SQLite.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Returns the name of the violated constraint, if the database reports it.
    pub fn constraint(&self) -> Option<&str> {
        self.0.constraint.as_deref()
    }

    /// Whether a column cannot hold a value: it is too long, out of range, or has another form. This is SQLSTATE class
    /// 22.
    pub fn is_data_exception(&self) -> bool {
        self.0.data_exception
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

    /// Whether the columns of an upsert have no unique constraint.
    pub(crate) fn is_no_conflict_target(&self) -> bool {
        self.0.no_conflict_target
    }

    /// Whether the database rolled back the transaction because of a concurrent one: a deadlock or a serialization
    /// failure.
    pub(crate) fn is_undone_for_others(&self) -> bool {
        self.0.undone_for_others
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
        Self(Box::new(ErrorFacts {
            retryable: is_retryable(&source),
            data_exception: database.is_some_and(is_data_exception),
            no_conflict_target: is_no_conflict_target(&source),
            undone_for_others: is_undone_for_others(&source),
            denied: database.and_then(denied),
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
        match (&self.0.source, &self.0.denied) {
            (Some(source), Some(denied)) => write!(f, "{source}; {denied}"),
            (Some(source), None) => source.fmt(f),
            (None, _) => write!(
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
