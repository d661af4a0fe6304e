//! The kinds of errors: retryable ones, violations of a constraint, and refusals.

use sea_orm::SqlErr;

use super::Error;

impl Error {
    /// Whether a retry of the whole write may succeed: after a deadlock, a serialization failure, or a timeout of a
    /// lock or the pool.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_retryable())
    }

    /// Whether the database rolled back the transaction because of a concurrent one.
    pub(crate) fn is_undone_for_others(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_undone_for_others())
    }

    /// The violated constraint as SeaORM's [`DbErr::sql_err`](sea_orm::DbErr::sql_err) returns it.
    ///
    /// For an entity with redacted or skipped fields, the text is only the constraint's name.
    pub fn sql_err(&self) -> Option<SqlErr> {
        match self {
            Self::Database(error) => error.sql_err(),
            _ => None,
        }
    }

    /// Whether the error occurred before anything was written, so that a unit may continue.
    pub(crate) fn is_refusal(&self) -> bool {
        self.refusal().is_some()
    }

    /// The kind of a refusal: an error that occurred before anything was written.
    pub(crate) fn refusal(&self) -> Option<&'static str> {
        // Without `_`, so that a new variant does not compile until it is handled here.
        match self {
            Self::NotFound { .. } => Some("not_found"),
            Self::Conflict { .. } => Some("conflict"),
            Self::ReasonRequired { .. } => Some("reason_required"),
            Self::UnreadableField { .. } => Some("unreadable_field"),
            Self::Unfit { .. } => Some("unfit"),
            Self::InvalidActor(_) => Some("invalid_actor"),
            Self::InvalidIp(_) => Some("invalid_ip"),
            Self::Unrecorded { .. } => Some("unrecorded"),
            Self::InvalidEvent { .. } => Some("invalid_event"),
            Self::ChangedSince { .. } => Some("changed_since"),
            Self::Irreversible { .. } => Some("irreversible"),
            Self::InvalidQuery(_) => Some("invalid_query"),
            Self::UnservedQuery { .. } => Some("unserved_query"),
            Self::BudgetSpent(_) => Some("budget_spent"),
            Self::GuardUnsupported(_) => Some("guard_unsupported"),
            #[cfg(feature = "http")]
            Self::InvalidProxy(_) => None,
            #[cfg(feature = "feed")]
            Self::FeedMissing(_) | Self::FeedRefused { .. } => None,
            #[cfg(feature = "retention")]
            Self::PolicyRefused { .. }
            | Self::RetentionMissing(_)
            | Self::PlanOutdated { .. }
            | Self::NotApproved { .. }
            | Self::ClockBehind { .. } => None,
            #[cfg(feature = "archive")]
            Self::ArchiveFailed { .. } | Self::ArchiveDiffers { .. } => None,
            Self::ManifestRefused(_)
            | Self::LogMissing(_)
            | Self::NotLogged(_)
            | Self::LogHidden
            | Self::RowsHidden { .. }
            | Self::InvalidPosition
            | Self::CommitUnknown { .. }
            | Self::UnitFailed
            | Self::TransactionEnded
            | Self::EventNotWritten { .. }
            | Self::UnknownFields { .. }
            | Self::InvalidCursor
            | Self::ForeignTable { .. }
            | Self::NotUtf8 { .. }
            | Self::NotUnique { .. }
            | Self::NotStored { .. }
            | Self::NotWritten { .. }
            | Self::KeyChanged
            | Self::MissingKey { .. }
            | Self::Unsendable
            | Self::IndexUnsupported { .. }
            | Self::InstallBusy
            | Self::Unaudited { .. }
            | Self::PlainWrite { .. }
            | Self::RawSql
            | Self::GuardRefused { .. }
            | Self::DifferentColumns { .. }
            | Self::HiddenColumns { .. }
            | Self::NotAppendOnly { .. }
            | Self::NewerSchema { .. }
            | Self::Standby
            | Self::LogNotEmpty
            | Self::Database(_) => None,
        }
    }
}
