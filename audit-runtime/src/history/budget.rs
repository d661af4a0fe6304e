//! The limits of one request.

use std::{
    io,
    time::{Duration, Instant},
};

use serde::Serialize;

/// The limits of one request: the number of entries it examines, the bytes it answers with, and its time.
///
/// A page that reaches a limit ends early, says so ([`Page::ended_early`](crate::Page::ended_early)), and its cursor
/// continues from there.
///
/// ```
/// use std::time::Duration;
/// use audit_runtime::Budget;
///
/// let budget = Budget::new().rows(1000).bytes(1024 * 1024).time(Duration::from_secs(1));
/// # let _ = budget;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Budget {
    pub(crate) rows: u64,
    pub(crate) bytes: usize,
    pub(crate) time: Duration,
}

impl Default for Budget {
    fn default() -> Self {
        Self::new()
    }
}

impl Budget {
    /// 10,000 entries, 1.5 MiB and 5 seconds.
    pub const fn new() -> Self {
        Self {
            rows: 10_000,
            bytes: 1536 * 1024,
            time: Duration::from_secs(5),
        }
    }

    /// The number of entries that a page reads from the database, at least one. Rows that the database filters out itself
    /// are not counted.
    pub const fn rows(self, rows: u64) -> Self {
        Self { rows, ..self }
    }

    /// The size of a page in bytes, as JSON or as HTML. A page contains at least one entry, whatever its size.
    pub const fn bytes(self, bytes: usize) -> Self {
        Self { bytes, ..self }
    }

    /// The time after which a page starts no further statement or comparison of texts, and reads no further part of an
    /// archive's file.
    pub const fn time(self, time: Duration) -> Self {
        Self { time, ..self }
    }
}

#[cfg(all(feature = "axum", feature = "viewer"))]
impl Budget {
    /// The smaller of each limit.
    pub(crate) fn least(self, other: Self) -> Self {
        Self {
            rows: self.rows.min(other.rows),
            bytes: self.bytes.min(other.bytes),
            time: self.time.min(other.time),
        }
    }

    /// The budget that is left after this time.
    pub(crate) fn after(self, elapsed: Duration) -> Self {
        let time = self.time.saturating_sub(elapsed);
        Self { time, ..self }
    }
}

/// The remaining budget.
#[derive(Debug)]
pub(super) struct Purse {
    rows: u64,
    bytes: usize,
    deadline: Deadline,
}

/// The moment after which a query reads nothing further.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) fn is_over(self) -> bool {
        self.0.is_some_and(|end| Instant::now() >= end)
    }
}

impl Purse {
    pub(super) fn new(budget: Budget) -> Self {
        Self {
            rows: budget.rows.max(1),
            bytes: budget.bytes,
            deadline: Deadline(Instant::now().checked_add(budget.time)),
        }
    }

    /// The number of rows that may be read, at most `wanted`.
    pub(super) fn rows(&self, wanted: usize) -> usize {
        usize::try_from(self.rows).map_or(wanted, |rows| rows.min(wanted))
    }

    pub(super) fn deadline(&self) -> Deadline {
        self.deadline
    }

    pub(super) fn take_row(&mut self) {
        self.rows = self.rows.saturating_sub(1);
    }

    /// Subtracts the size of a value. Returns whether it fits.
    pub(super) fn take_bytes(&mut self, shown: &impl Serialize) -> bool {
        let left = self.bytes.checked_sub(length(shown));
        self.bytes = left.unwrap_or_default();
        left.is_some()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows == 0 || self.deadline.is_over()
    }
}

/// The length of a value as JSON.
fn length(shown: &impl Serialize) -> usize {
    struct Length(usize);

    impl io::Write for Length {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    let mut length = Length(0);
    match serde_json::to_writer(&mut length, shown) {
        Ok(()) => length.0,
        Err(_) => usize::MAX,
    }
}
