//! The ages of a policy, at a moment.

use chrono::{DateTime, Utc};

use super::Policy;

/// The moments before which entries of a policy have reached their ages.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Ages {
    pub(super) archive_before: Option<DateTime<Utc>>,
    pub(super) destroy_before: Option<DateTime<Utc>>,
}

impl Ages {
    pub(super) fn at(policy: &Policy, now: DateTime<Utc>) -> Self {
        Self {
            archive_before: policy.hot.map(|age| now - age),
            destroy_before: policy.destroy_after.map(|age| now - age),
        }
    }
}
