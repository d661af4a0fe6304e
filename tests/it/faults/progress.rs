//! Progress lines of long sweeps.

use std::{
    fmt::Debug,
    io::{self, Write},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::backend::Database;

/// The least time between two lines.
const PAUSE: Duration = Duration::from_secs(10);

/// Prints the progress of the sweep, unless a line was printed recently.
///
/// libtest captures the output of macros, but not direct writes to the stream.
pub fn progress(
    sweep: &str,
    database: &Database,
    operation: impl Debug,
    nth: usize,
    operations: usize,
) {
    static LATEST: Mutex<Option<Instant>> = Mutex::new(None);

    let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    if latest.is_some_and(|latest| latest.elapsed() < PAUSE) {
        return;
    }
    *latest = Some(Instant::now());
    let server = database.server();
    let nth = nth + 1;
    writeln!(
        io::stderr().lock(),
        "{sweep} sweep on {server:?}: {operation:?}, {nth} of {operations} operations"
    )
    .expect("write to standard error");
}
