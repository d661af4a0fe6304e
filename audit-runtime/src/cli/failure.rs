//! The failure of a command: its message and its exit code.

use std::io;

use crate::Error;

/// An error message and its exit code.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) code: u8,
    /// `None` prints nothing.
    pub(super) message: Option<String>,
}

impl Failure {
    pub(super) fn wrong_arguments(message: impl Into<String>) -> Self {
        Self::new(2, message)
    }

    pub(super) fn no_entities() -> Self {
        Self::wrong_arguments(
            "this binary knows no entities: call audit_runtime::cli::run(entities![..]) in one of the application",
        )
    }

    pub(super) fn unreachable(message: impl Into<String>) -> Self {
        Self::new(3, message)
    }

    pub(super) fn refused(message: impl Into<String>) -> Self {
        Self::new(6, message)
    }

    /// Has no message, because the report has been printed.
    pub(super) fn found() -> Self {
        Self {
            code: 1,
            message: None,
        }
    }

    pub(super) fn interrupted() -> Self {
        Self::new(130, "interrupted: a later run goes on")
    }

    fn new(code: u8, message: impl Into<String>) -> Self {
        let message = Some(message.into());
        Self { code, message }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let message = match &error {
            Error::LogMissing(_) => "there is no audit log: run `audit install`".to_owned(),
            #[cfg(feature = "archive")]
            Error::ArchiveFailed { source, .. } => format!("{error}: {source}"),
            _ => error.to_string(),
        };
        match error {
            Error::InvalidQuery(_)
            | Error::UnservedQuery { .. }
            | Error::PolicyRefused { .. }
            | Error::InvalidActor(_)
            | Error::InvalidIp(_) => Self::wrong_arguments(message),
            Error::PlanOutdated { .. } | Error::NotApproved { .. } | Error::ClockBehind { .. } => {
                Self::refused(message)
            }
            _ => Self::unreachable(message),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            // The reader closed the pipe: `audit log | head`.
            io::ErrorKind::BrokenPipe => Self {
                code: 0,
                message: None,
            },
            _ => Self::unreachable(error.to_string()),
        }
    }
}
