//! The connection on which the HTTP layer records its own events: refused bodies and reads of the trail.

use std::{fmt, sync::Arc};

use sea_orm::DbBackend;

#[cfg(feature = "axum")]
use crate::history::Given;
use crate::{AuditConnection, AuditContext, ConnectionExt, Event, Pending, Writer};

#[cfg(feature = "axum")]
type Stored = dyn Fn(Given) -> Pending<'static, Option<String>> + Send + Sync;
type Record = dyn Fn(AuditContext, Event) -> Pending<'static, ()> + Send + Sync;

/// Records events on a connection whose type is erased.
#[derive(Clone)]
pub(super) struct Recorder {
    pub(super) backend: DbBackend,
    record: Arc<Record>,
    #[cfg(feature = "axum")]
    stored: Arc<Stored>,
}

impl Recorder {
    pub(super) fn new<C: AuditConnection + Sync>(db: C) -> Self {
        #[cfg(feature = "axum")]
        let rows = db.clone();
        Self {
            backend: db.get_database_backend(),
            #[cfg(feature = "axum")]
            stored: Arc::new(move |key| {
                let rows = rows.clone();
                Box::pin(async move { key.stored(&rows).await })
            }),
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

    /// The id of the row that is stored under this key.
    #[cfg(feature = "axum")]
    pub(super) fn stored(&self, key: Given) -> Pending<'static, Option<String>> {
        (self.stored)(key)
    }
}

impl fmt::Debug for Recorder {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Recorder(..)")
    }
}
