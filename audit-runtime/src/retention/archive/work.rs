//! The state of a run that the parts of the archive share.

use std::ops::ControlFlow;

use sea_orm::DatabaseConnection;
use tracing::warn;

use super::{
    super::{Report, Retention},
    Archive,
};
use crate::{AuditContext, Error};

pub(in super::super) struct Work<'a> {
    pub(in super::super) retention: &'a Retention,
    pub(in super::super) archive: &'a Archive,
    pub(in super::super) db: &'a DatabaseConnection,
    pub(in super::super) context: &'a AuditContext,
    pub(in super::super) plan_id: Option<&'a str>,
    /// The last entry that may move.
    pub(in super::super) last_id: i64,
    pub(in super::super) report: Report,
    /// The error of the first damaged or missing file.
    pub(in super::super) failure: Option<Error>,
}

impl Work<'_> {
    /// Reports the progress to the caller, who may end the run.
    pub(super) fn progress(&self) -> ControlFlow<()> {
        self.retention.after_batch.call(self.report.purged())
    }

    /// Keeps the error of one file until the end of the run, which continues with the other files.
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
