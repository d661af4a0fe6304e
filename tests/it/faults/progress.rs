//! Lines that tell where a sweep of minutes is.

use std::{
    fmt::Debug,
    io::{self, Write},
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use crate::backend::Database;

/// The least time between two lines.
const PAUSE: Duration = Duration::from_secs(10);

/// Says how far the sweep is, unless a line was written a moment ago.
///
/// libtest captures what the macros print, but not what is written to the stream.
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
