//! Conversions of [`Error`] from and to SeaORM's [`DbErr`].

use sea_orm::DbErr;

use super::{DatabaseError, Error, UNSENT, classify};

impl Error {
    /// Converts the error without the database's message, which may contain a value.
    pub(crate) fn scrubbed(error: DbErr) -> Self {
        detected(&error).unwrap_or_else(|| DatabaseError::scrubbed(error).into())
    }
}

#[cfg(feature = "archive")]
impl Error {
    pub(crate) fn archive(
        what: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::ArchiveFailed {
            what: what.into(),
            source: source.into(),
        }
    }

    pub(crate) fn archive_differs(file: &str, problem: impl Into<String>) -> Self {
        Self::ArchiveDiffers {
            file: file.to_owned(),
            problem: problem.into(),
        }
    }
}

/// Recognizes conditions that this crate detects and that pass through SeaORM as a `DbErr`.
fn detected(error: &DbErr) -> Option<Error> {
    if matches!(error, DbErr::Custom(problem) if problem == UNSENT) {
        return Some(Error::Unsendable);
    }
    let (entity_type, entity_id, action) = classify::unaudited(error)?;
    Some(Error::Unaudited {
        entity_type,
        entity_id,
        action,
    })
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        detected(&error).unwrap_or_else(|| Self::Database(error.into()))
    }
}

impl From<Error> for DbErr {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(error) => error.into(),
            Error::NotWritten { action: "CREATE" } => DbErr::RecordNotInserted,
            Error::NotWritten { action: "UPDATE" } => DbErr::RecordNotUpdated,
            error => DbErr::Custom(error.to_string()),
        }
    }
}
