//! The progress of a transaction, with a warning if it is dropped after writes.

use std::{
    sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering},
    thread,
};

use super::state::SOUND;

#[derive(Debug)]
pub(super) struct Progress {
    pub(super) state: AtomicU8,
    /// The number of statements that may have changed something.
    pub(super) writes: AtomicUsize,
    is_ending: AtomicBool,
}

impl Progress {
    /// The progress of a unit, which its owner ends.
    pub(super) fn of_unit() -> Self {
        Self {
            state: AtomicU8::new(SOUND),
            writes: AtomicUsize::new(0),
            is_ending: AtomicBool::new(false),
        }
    }

    /// The progress of the transaction of a single write. It gives no warning: a caller that drops it has dropped the
    /// write.
    pub(super) fn of_write() -> Self {
        let progress = Self::of_unit();
        progress.end();
        progress
    }

    /// Records that the owner is ending the transaction.
    pub(super) fn end(&self) {
        self.is_ending.store(true, Ordering::Release);
    }

    fn is_forgotten(&self) -> bool {
        let is_open = !self.is_ending.load(Ordering::Acquire)
            && self.state.load(Ordering::Acquire) == SOUND
            && self.writes.load(Ordering::Acquire) > 0;
        // An error or a panic is reported elsewhere.
        is_open && !thread::panicking()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_forgotten() {
            tracing::warn!(
                "a unit with writes was dropped, so they are rolled back: call `commit`, or `rollback` if that is meant"
            );
        }
    }
}
