//! The report of a run.

use serde::Serialize;

use super::purge::Done;

/// The result of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// The entries that left the log, by policy; policies without such entries are left out.
    pub policies: Vec<Purged>,
    /// The policies whose entries wait for a plan that another person approves.
    pub awaiting_approval: Vec<String>,
    /// Whether [`Retention::after_batch`](super::Retention::after_batch) ended it. More entries may have reached their
    /// age.
    pub is_ended_early: bool,
    /// The last entry that all required feeds have delivered; later ones stay. `None` if no feed is required.
    pub delivered: Option<i64>,
    /// The files that were written. Their entries are among those that left the log.
    #[cfg(feature = "archive")]
    pub archived: Vec<Archived>,
    /// The files that were destroyed.
    #[cfg(feature = "archive")]
    pub destroyed: Vec<Destroyed>,
    /// Whether another worker writes to the archive, so that this one moved no entries there.
    #[cfg(feature = "archive")]
    pub is_archive_busy: bool,
}

/// The entries of one policy that left the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Purged {
    /// The policy.
    pub policy: String,
    /// The number of entries.
    pub entries: u64,
    /// The first of them.
    pub first_id: i64,
    /// The last of them.
    pub last_id: i64,
}

impl Report {
    /// The number of entries that left the log, including those in the archive.
    pub fn purged(&self) -> u64 {
        self.policies.iter().map(|purged| purged.entries).sum()
    }

    pub(super) fn add(&mut self, policy: &str, done: &Done) {
        if done.entries == 0 {
            return;
        }
        let mut policies = self.policies.iter_mut();
        if let Some(purged) = policies.find(|purged| purged.policy == policy) {
            purged.entries += done.entries;
            purged.first_id = purged.first_id.min(done.first_id);
            purged.last_id = purged.last_id.max(done.last_id);
        } else {
            self.policies.push(Purged {
                policy: policy.to_owned(),
                entries: done.entries,
                first_id: done.first_id,
                last_id: done.last_id,
            });
        }
    }
}

/// A file that a run wrote.
#[cfg(feature = "archive")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Archived {
    /// The policy.
    pub policy: String,
    /// The name of the file.
    pub file: String,
    /// The number of entries.
    pub entries: u64,
    /// The first of them.
    pub first_id: i64,
    /// The last of them.
    pub last_id: i64,
    /// The size of the file in bytes.
    pub bytes: u64,
}

/// A file that a run destroyed.
#[cfg(feature = "archive")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Destroyed {
    /// The policy.
    pub policy: String,
    /// The name of the file.
    pub file: String,
    /// The number of destroyed entries.
    pub entries: u64,
    /// The file that has the entries on hold.
    pub kept_in: Option<String>,
}
