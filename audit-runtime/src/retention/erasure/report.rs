//! The report of an erasure.

use serde::Serialize;

/// What was erased.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Erased {
    /// How many entries of the log have lost something.
    pub entries: u64,
    /// How many entries of the log are on hold, and as they were.
    pub held: u64,
    /// Whether the caller ended it, so that entries or files are left: erase again.
    pub is_ended_early: bool,
    /// The files that were written anew.
    #[cfg(feature = "archive")]
    pub files: Vec<ErasedFile>,
    /// Whether a worker writes to the archive. What it has read by now may come to the archive as it was: erase again.
    #[cfg(feature = "archive")]
    pub is_archive_busy: bool,
}

impl Erased {
    /// How many entries have lost something, those of files among them.
    #[cfg(feature = "archive")]
    pub(in super::super) fn all_entries(&self) -> u64 {
        let of_files: u64 = self.files.iter().map(|file| file.entries).sum();
        self.entries + of_files
    }
}

/// A file that was written anew without what was erased.
#[cfg(feature = "archive")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ErasedFile {
    /// The file that is no more.
    pub file: String,
    /// The file that took its place.
    pub replaced_by: String,
    /// How many entries have lost something.
    pub entries: u64,
}
