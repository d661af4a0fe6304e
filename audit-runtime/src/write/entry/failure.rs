//! The error of a statement that should have written entries.

use sea_orm::DbErr;

use super::{super::target::Target, HIDDEN, LEFT_OUT};
use crate::{
    Error,
    dialect::is_missing_table,
    error::{DatabaseError, is_certainly_undone, is_reopened_table},
    layout::raised::Raised,
};

pub(super) fn failed_to_log<C>(target: &Target<'_, C>, error: DbErr) -> Error {
    if is_missing_table(&error) {
        return Error::LogMissing(error.into());
    }
    if let Some(problem) = problem_with_log(&error) {
        return Error::NotLogged(problem);
    }
    if is_reopened_table(&error) {
        return Error::NotLogged(HIDDEN);
    }
    // The change may have been committed with the statement.
    if target.is_alone && !is_certainly_undone(&error) {
        return Error::CommitUnknown {
            changeset_id: target.changeset_id,
            source: DatabaseError::scrubbed(error),
        };
    }
    DatabaseError::scrubbed(error).into()
}

/// The reason why entries did not reach the log, if that is the failure.
fn problem_with_log(error: &DbErr) -> Option<&'static str> {
    match Raised::of(error)? {
        Raised::NotLogged => Some(LEFT_OUT),
        Raised::LogHidden => Some(HIDDEN),
        _ => None,
    }
}
