//! What must run to its end even if the caller is gone.

use std::panic;

use sea_orm::{DbBackend, DbErr};
use tokio::runtime::Handle;
use tracing::Instrument;

/// Runs to its end in a task of its own; on a runtime other than tokio, no further than its caller.
pub(super) async fn to_the_end<R: Send + 'static>(
    work: impl Future<Output = R> + Send + 'static,
) -> Result<R, DbErr> {
    let Ok(runtime) = Handle::try_current() else {
        return Ok(work.await);
    };
    match runtime.spawn(work.in_current_span()).await {
        Ok(output) => Ok(output),
        Err(error) => match error.try_into_panic() {
            Ok(panic) => panic::resume_unwind(panic),
            Err(error) => Err(DbErr::Custom(format!(
                "the runtime is shutting down: {error}"
            ))),
        },
    }
}

/// Runs to its end where the driver cannot take anything else.
///
/// sqlx loses count of MySQL's packets when it is dropped while a statement is prepared in a transaction. The pool
/// then waits for ever for a reply that has already come, and is one connection short from then on (sqlx 0.9.0).
pub(super) async fn shielded<R: Send + 'static>(
    backend: DbBackend,
    work: impl Future<Output = R> + Send + 'static,
) -> Result<R, DbErr> {
    if backend == DbBackend::MySql {
        to_the_end(work).await
    } else {
        Ok(work.await)
    }
}
