//! The connection on which the HTTP layer records its own events: refused bodies and reads of the trail.

use std::{fmt, sync::Arc};

use sea_orm::DbBackend;

use crate::{AuditConnection, AuditContext, ConnectionExt, Event, Pending, Writer};

type Record = dyn Fn(AuditContext, Event) -> Pending<'static, ()> + Send + Sync;

/// Records events on a connection whose type is erased.
#[derive(Clone)]
pub(super) struct Recorder {
    pub(super) backend: DbBackend,
    record: Arc<Record>,
}

impl Recorder {
    pub(super) fn new<C: AuditConnection + Sync>(db: C) -> Self {
        Self {
            backend: db.get_database_backend(),
            record: Arc::new(move |context, event| {
                let db = db.clone();
                Box::pin(async move { db.audited(&context).record(event).await })
            }),
        }
    }
}

impl Recorder {
    pub(super) fn record(&self, context: AuditContext, event: Event) -> Pending<'static, ()> {
        (self.record)(context, event)
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Recorder(..)")
    }
}
