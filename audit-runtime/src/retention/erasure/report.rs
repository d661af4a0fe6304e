//! The report of an erasure.

use serde::Serialize;

/// The result of an erasure.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Erased {
    /// The number of changed entries in the log.
    pub entries: u64,
    /// The number of entries in the log that are on hold, and unchanged.
    pub held: u64,
    /// Whether the caller ended it, so that entries or files are left: erase again.
    pub is_ended_early: bool,
    /// The rewritten files.
    #[cfg(feature = "archive")]
    pub files: Vec<ErasedFile>,
    /// Whether a worker writes to the archive. Entries that it has read may reach the archive unchanged: erase again.
    #[cfg(feature = "archive")]
    pub is_archive_busy: bool,
}

impl Erased {
    /// The number of changed entries, including those in files.
    #[cfg(feature = "archive")]
    pub(in super::super) fn all_entries(&self) -> u64 {
        let of_files: u64 = self.files.iter().map(|file| file.entries).sum();
        self.entries + of_files
    }
}

/// A file that was rewritten without the erased values.
#[cfg(feature = "archive")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ErasedFile {
    /// The destroyed file.
    pub file: String,
    /// The new file.
    pub replaced_by: String,
    /// The number of changed entries.
    pub entries: u64,
}
