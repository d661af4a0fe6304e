//! Cancellation safety: runs a database call to completion after its caller is dropped.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use sea_orm::DbBackend;
use tokio::runtime::Handle;
use tracing::{Instrument, Span};

use crate::dialect::Family;

/// Runs work to completion: in the caller's task, or, after that drops it, in a task of its own. On a runtime other
/// than tokio, dropped work stops.
pub(crate) fn to_the_end<R: Send + 'static>(
    work: impl Future<Output = R> + Send + 'static,
) -> ToTheEnd<R> {
    ToTheEnd {
        work: Some(Box::pin(work)),
        begun: None,
    }
}

/// Runs work to completion if the connection does not survive a dropped statement.
pub(super) async fn shielded<R: Send + 'static>(
    backend: DbBackend,
    work: impl Future<Output = R> + Send + 'static,
) -> R {
    if Family::from(backend).survives_dropped_statements() {
        work.await
    } else {
        to_the_end(work).await
    }
}

#[must_use]
pub(crate) struct ToTheEnd<R: Send + 'static> {
    work: Option<Work<R>>,
    /// The runtime in which started work continues without its caller.
    begun: Option<(Handle, Span)>,
}

type Work<R> = Pin<Box<dyn Future<Output = R> + Send>>;

impl<R: Send + 'static> Future for ToTheEnd<R> {
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        // Taken out, so that work that panicked is not started again.
        let mut work = self.work.take().expect("not polled after it was ready");
        let polled = work.as_mut().poll(context);
        if polled.is_pending() {
            self.work = Some(work);
            if self.begun.is_none() {
                let runtime = Handle::try_current().ok();
                self.begun = runtime.map(|runtime| (runtime, Span::current()));
            }
        }
        polled
    }
}

impl<R: Send + 'static> Drop for ToTheEnd<R> {
    fn drop(&mut self) {
        if let (Some(work), Some((runtime, span))) = (self.work.take(), self.begun.take()) {
            runtime.spawn(work.instrument(span));
        }
    }
}
