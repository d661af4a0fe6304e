//! The state of a running erasure.

use sea_orm::DatabaseConnection;

use super::{taken::Taken, target::Resolved};
use crate::AuditContext;

pub(in super::super) struct Work<'a> {
    pub(in super::super) target: Resolved,
    pub(in super::super) taken: Taken,
    pub(in super::super) reason: String,
    pub(in super::super) db: &'a DatabaseConnection,
    pub(in super::super) context: &'a AuditContext,
}
