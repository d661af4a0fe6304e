//! The facts of a database error that contain no value of a row.

use sea_orm::DbErr;

#[derive(Debug)]
pub(super) struct ErrorFacts {
    pub(super) violation: Option<Violation>,
    pub(super) code: Option<String>,
    pub(super) constraint: Option<String>,
    pub(super) retryable: bool,
    pub(super) data_exception: bool,
    pub(super) no_conflict_target: bool,
    pub(super) undone_for_others: bool,
    /// The right that the account lacks, and its object.
    pub(super) denied: Option<String>,
    /// `None` if the message may contain a secret.
    pub(super) source: Option<DbErr>,
    pub(super) summary: String,
}

/// The kind of a constraint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Violation {
    /// A unique constraint or primary key.
    Unique,
    /// A foreign key.
    ForeignKey,
    /// NULL in a column without NULLs.
    NotNull,
    /// A check constraint.
    Check,
}
