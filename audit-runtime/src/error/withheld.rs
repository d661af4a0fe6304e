//! A driver error without its message.

use std::{borrow::Cow, fmt};

use sea_orm::sqlx::error::{DatabaseError, ErrorKind};

use super::facts::{ErrorFacts, Violation};

/// A driver error that keeps its kind inside of a `DbErr`.
#[derive(Debug)]
pub(super) struct Withheld(pub(super) Box<ErrorFacts>);

impl fmt::Display for Withheld {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.summary)
    }
}

impl std::error::Error for Withheld {}

impl DatabaseError for Withheld {
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
