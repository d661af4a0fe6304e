//! A run, as the parts of the archive see it.

use std::ops::ControlFlow;

use sea_orm::DatabaseConnection;

use super::{
    super::{Report, Retention},
    Archive,
};
use crate::AuditContext;

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
}

impl Work<'_> {
    /// Tells the caller how far it is, who may end it there.
    pub(super) fn progress(&self) -> ControlFlow<()> {
        self.retention.after_batch.call(self.report.purged())
    }
}
