//! The state of a run that the parts of the archive share.

use std::ops::ControlFlow;

use sea_orm::DatabaseConnection;
use tracing::warn;

use super::{
    super::{Report, Retention},
    Archive,
};
use crate::{AuditContext, Error};

/// A run.
pub(in super::super) struct Work<'a> {
    pub(in super::super) retention: &'a Retention,
    pub(in super::super) archive: &'a Archive,
    pub(in super::super) db: &'a DatabaseConnection,
    pub(in super::super) context: &'a AuditContext,
    pub(in super::super) plan_id: Option<&'a str>,
    /// Nothing after this entry moves.
    pub(in super::super) last_id: i64,
    pub(in super::super) report: Report,
    /// What was wrong with the first file that was damaged or missing.
    pub(in super::super) failure: Option<Error>,
}

impl Work<'_> {
    /// Tells the caller how far it is, who may end it there.
    pub(super) fn progress(&self) -> ControlFlow<()> {
        self.retention.after_batch.call(self.report.purged())
    }

    /// Keeps what is wrong with one file for the end of the run, so that the others go on.
    pub(super) fn of_one_file<T>(&mut self, result: Result<T, Error>) -> Result<Option<T>, Error> {
        match result {
            Ok(done) => Ok(Some(done)),
            Err(error @ (Error::ArchiveFailed { .. } | Error::ArchiveDiffers { .. })) => {
                warn!("{error}; the run goes on with the other files");
                self.failure.get_or_insert(error);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
