//! Events that outlive their unit: the denied and failed ones, which a rollback does not undo.

use std::{
    mem,
    sync::{Mutex, PoisonError},
};

use tokio::runtime::Handle;
use uuid::Uuid;

use super::super::{
    counted, entry::NewEntry, observed::observed, operation::Operation, shield::to_the_end,
    target::Target, transaction::AuditConnection,
};
use crate::{AuditContext, Error};

/// The denied and failed events of a unit. They are written after it has ended: by `write`, or else when dropped.
#[derive(Debug)]
pub(in crate::write) struct OutlivingEvents<P: AuditConnection> {
    pool: P,
    context: AuditContext,
    changeset_id: Uuid,
    /// Each with the schema of the unit's log, if it may differ from the pool's.
    entries: Mutex<Vec<(NewEntry, Option<String>)>>,
}

/// The action of an event that was not written, and why.
type Unwritten = (String, Box<Error>);

impl<P: AuditConnection> OutlivingEvents<P> {
    pub(in crate::write) fn new(pool: P, context: AuditContext, changeset_id: Uuid) -> Self {
        Self {
            pool,
            context,
            changeset_id,
            entries: Mutex::default(),
        }
    }

    pub(in crate::write) fn push(&self, entry: NewEntry, schema: Option<String>) {
        self.entries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((entry, schema));
    }

    /// Writes the events to completion, even if the caller is dropped meanwhile: none is lost, and none is written twice.
    pub(in crate::write) async fn write(self, committed: bool) -> Result<(), Error> {
        let Some(writing) = self.take() else {
            return Ok(());
        };
        to_the_end(writing)
            .await
            .map_err(|(action, source)| Error::EventNotWritten {
                action,
                committed,
                source,
            })
    }

    fn take(&self) -> Option<impl Future<Output = Result<(), Unwritten>> + Send + use<P>> {
        let entries = mem::take(&mut *self.entries.lock().unwrap_or_else(PoisonError::into_inner));
        let (pool, context, changeset_id) =
            (self.pool.clone(), self.context.clone(), self.changeset_id);
        let unwritten = Unwritable(entries.len());
        (!entries.is_empty()).then_some(async move {
            // Moves the whole value into the future, not only its number.
            let mut unwritten = unwritten;
            let mut result = Ok(());
            for (entry, schema) in entries {
                let target = Target {
                    schema: schema.as_deref(),
                    ..Target::alone::<P::Transaction>(&pool, &context, changeset_id)
                };
                let write = observed(entry.subject(), Box::pin(entry.write(&target)));
                if let Err(error) = write.await {
                    counted::dropped_events(1);
                    tracing::error!(action = %entry.action, %error, "an event could not be written");
                    result = Err((entry.action.into_owned(), Box::new(error)));
                }
                unwritten.0 -= 1;
            }
            result
        })
    }
}

/// The number of events that are not written yet. Without a runtime, they are lost.
struct Unwritable(usize);

impl Drop for Unwritable {
    fn drop(&mut self) {
        if self.0 > 0 {
            counted::dropped_events(self.0);
            tracing::error!(
                events = self.0,
                "events of a unit are lost: there is no runtime to write them on"
            );
        }
    }
}

impl<P: AuditConnection> Drop for OutlivingEvents<P> {
    fn drop(&mut self) {
        let Some(writing) = self.take() else { return };
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(writing);
        }
    }
}
