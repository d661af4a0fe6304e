//! The result of one step of a feed, and the pause before the next one.

use std::time::Duration;

use uuid::Uuid;

use crate::settled::Blocker;

/// The outcome of a step.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// The sink accepted a batch, and the position was moved.
    Delivered {
        /// The number of entries; 0 if there were only ids without an entry.
        entries: usize,
        /// The new position.
        position: i64,
        /// Whether there may be more.
        is_full: bool,
    },
    /// There is nothing to deliver.
    Idle {
        /// The reasons why further entries are not settled.
        blockers: Vec<Blocker>,
    },
    /// Another process has the lease.
    Waiting,
    /// Another process took the lease over during the delivery. It delivers the batch again.
    LeaseLost,
    /// The sink did not accept the batch. It is delivered again.
    Failed {
        /// The message of the failure.
        why: String,
        /// The pause before the next step.
        pause: Duration,
    },
    /// The sink rejected an entry for the last time. It is set aside, and the feed continues without it.
    SetAside {
        /// The entry.
        entry: i64,
        /// The sink's reason.
        why: String,
    },
}

impl Step {
    /// Returns how long [`Feed::run`](super::Feed::run) waits before the next step.
    pub fn pause(&self) -> Duration {
        match self {
            Self::Delivered { is_full: true, .. } | Self::SetAside { .. } => Duration::ZERO,
            Self::Delivered { .. } | Self::Idle { .. } => POLL,
            Self::Waiting | Self::LeaseLost => 4 * POLL,
            Self::Failed { pause, .. } => *pause,
        }
    }
}

const POLL: Duration = Duration::from_millis(500);

/// The pause after this number of consecutive failures: one second, doubled each time up to five minutes. Each process
/// waits between half of it and all of it, so that not all retry at once.
pub(super) fn back_off(failures: u32, holder: Uuid) -> Duration {
    let doubled = 1_u64.checked_shl(failures.saturating_sub(1)).unwrap_or(300);
    let most = Duration::from_secs(doubled.min(300));
    // The last bytes of the id are random.
    let [.., random, _, _] = holder.into_bytes();
    let random = random.wrapping_add((failures as u8).wrapping_mul(97));
    most.mul_f64(0.5 + f64::from(random) / 512.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_five_minutes() {
        for _ in 0..100 {
            let holder = Uuid::now_v7();
            for (failures, most) in [
                (0, 1),
                (1, 1),
                (2, 2),
                (5, 16),
                (9, 256),
                (10, 300),
                (500, 300),
            ] {
                let pause = back_off(failures, holder);
                let most = Duration::from_secs(most);
                assert!(pause >= most / 2 && pause <= most, "{failures}: {pause:?}");
            }
        }
    }
}
