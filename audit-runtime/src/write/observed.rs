//! Observability of writes: a span and, with the feature `metrics`, counters. They contain no values.

use std::cell::Cell;

use tracing::{
    Instrument, Span,
    field::{Empty, display},
    info_span,
};
use uuid::Uuid;

use super::{
    counted,
    subject::{Ending, Subject},
};
use crate::pending::Pending;

/// The facts that become known while the write runs.
#[derive(Default)]
struct Learned {
    plan: Cell<Option<&'static str>>,
    changeset_id: Cell<Option<Uuid>>,
    is_written: Cell<bool>,
}

tokio::task_local! {
    static LEARNED: Learned;
}

pub(super) fn plan(plan: &'static str) {
    let _ = LEARNED.try_with(|learned| learned.plan.set(Some(plan)));
}

pub(super) fn changeset(id: Uuid) {
    let _ = LEARNED.try_with(|learned| learned.changeset_id.set(Some(id)));
}

/// An entry was written.
pub(super) fn written() {
    let _ = LEARNED.try_with(|learned| learned.is_written.set(true));
}

/// Runs a write in its span, and counts how it ends.
pub(super) fn observed<R: Send + 'static>(
    subject: Subject,
    write: Pending<'_, R>,
) -> Pending<'_, R> {
    Box::pin(async move {
        // The names have a prefix, because the application's exporter shows them among its own.
        let span = info_span!(
            "audit.write",
            audit.entity_type = subject.entity_type.as_deref(),
            audit.action = &*subject.action,
            audit.plan = Empty,
            audit.changeset_id = Empty,
            audit.outcome = Empty,
        );
        let told = Told {
            span: span.clone(),
            subject,
            ending: Ending::Interrupted,
        };
        let write = async move {
            // Moves the whole value into the future, not only the field that is set.
            let mut told = told;
            let result = write.await;
            let is_written = LEARNED.with(|learned| learned.is_written.get());
            told.ending = Ending::of(&result, is_written);
            result
        };
        LEARNED
            .scope(Learned::default(), write)
            .instrument(span)
            .await
    })
}

/// Reports when it is dropped, because its future may be dropped.
struct Told {
    span: Span,
    subject: Subject,
    ending: Ending,
}

impl Drop for Told {
    fn drop(&mut self) {
        let _ = LEARNED.try_with(|learned| {
            if let Some(plan) = learned.plan.get() {
                self.span.record("audit.plan", plan);
            }
            if let Some(id) = learned.changeset_id.get() {
                self.span.record("audit.changeset_id", display(id));
            }
        });
        self.span.record("audit.outcome", self.ending.name());
        counted::write(&self.subject, self.ending);
    }
}
