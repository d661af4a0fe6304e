//! The archive: entries that are older than their policy's `hot` age, in Parquet files.
//!
//! A file holds entries of one policy and one month, in the order of their ids, at most a million:
//!
//! ```text
//! policy=cards/year=2026/month=03/1041-99817.parquet
//! policy=cards/year=2026/month=03/1041-99817.parquet.json
//! ```
//!
//! The columns are those of [`audit_log`](crate::audit_log), with `changes` and `metadata` as the JSON text that the
//! database returns, times in UTC microseconds, and the changeset id in 16 bytes. Any Parquet reader can read the
//! files, such as DuckDB: `SELECT * FROM 'archive/**/*.parquet'`. The JSON next to a file describes its content, with
//! its SHA-256.
//!
//! [`Retention::run`](super::Retention::run) writes a file, reads it back, compares every value with the log, and only
//! then deletes from the log exactly the entries that it read, in batches that each leave a PURGE entry. The table
//! `audit_archive` lists the files:
//!
//! | state | |
//! |---|---|
//! | `writing` | A worker writes it, until its lease ends. |
//! | `abandoned` | Its worker was interrupted. A later run deletes its parts. |
//! | `verified` | It was read back and compared. Its entries leave the log, except those on hold. |
//! | `purged` | Its entries are only in the archive. |
//! | `destroying`, `destroyed` | A PURGE or ERASE entry records its deletion; then it is deleted. |
//!
//! An interrupted run loses nothing: the next one continues. One worker writes at a time; others report that the
//! archive is [busy](super::Report::is_archive_busy).
//!
//! # Operation
//!
//! - Run it regularly. Each run writes a file for each policy and month that has entries to move, so a monthly run makes
//!   fewer files than a nightly one, and searches read fewer.
//! - Keep the store as safe as the database. The files are neither encrypted nor signed by this library. `audit_archive`
//!   has their SHA-256, which a run checks before it deletes anything from the log; a reader does not. In an object store,
//!   versioning or object lock keeps deleted files.
//! - In an object store, a lifecycle rule can delete incomplete uploads. No listed file is one.
//! - On PostgreSQL, autovacuum makes the space of purged entries reusable, but does not return it to the system.
//! - After the database was restored from a backup, the store may have files that the database does not list. Their
//!   entries are in the log again and go to other files; a name is never reused. Readers follow the list, but other
//!   programs that search the folder find both.
//!
//! # Destruction
//!
//! A file whose entries have all reached `destroy_after` is destroyed. If a hold is on some of its entries, these are
//! first written to another file.
//!
//! An [erasure](super::erasure) writes a new file without the erased values, and destroys the old one.

mod columns;
mod destroy;
mod erasing;
mod file;
mod log;
mod manifest;
mod month;
mod moving;
mod object;
mod reading;
mod restoring;
mod rewriting;
mod steps;
mod work;

use std::{path::Path, sync::Arc, time::Duration};

pub use object_store;
use object_store::{ObjectStore, local::LocalFileSystem, prefix::PrefixStore};
use url::Url;

pub(super) use destroy::destroyable;
pub(super) use erasing::{erase, none_is_listed};
pub use restoring::Restored;
pub(super) use steps::run;
pub(super) use work::Work;

use crate::Error;

/// The place where archived entries are kept.
///
/// ```
/// use audit_runtime::retention::{Archive, DAY, Policy, Retention};
///
/// # fn main() -> Result<(), audit_runtime::Error> {
/// # let folder = std::env::temp_dir().join("audit-archive");
/// let archive = Archive::folder(folder)?;
/// let policy = Policy::new("all").document("SEC-12 v3").hot(90 * DAY).keep(365 * DAY).destroy_after(730 * DAY);
/// let retention = Retention::new([policy])?.archive(archive);
/// # let _ = retention;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "an archive does nothing until a retention or a question has it"]
pub struct Archive {
    store: Arc<dyn ObjectStore>,
    entries_per_file: u64,
    lease: Duration,
}

impl Archive {
    /// Creates an archive in a folder, which is created if it does not exist. Files are synced to disk.
    ///
    /// # Errors
    ///
    /// [`Error::ArchiveFailed`]: the folder can be neither created nor opened.
    pub fn folder(path: impl AsRef<Path>) -> Result<Self, Error> {
        let path = path.as_ref();
        let what = || path.display().to_string();
        std::fs::create_dir_all(path).map_err(|error| Error::archive(what(), error))?;
        let folder = LocalFileSystem::new_with_prefix(path);
        let folder = folder.map_err(|error| Error::archive(what(), error))?;
        Ok(Self::new(Arc::new(folder.with_fsync(true))))
    }

    /// Creates an archive at a URL: `file:///folder`, or with the features `archive-aws`, `archive-azure` and
    /// `archive-gcp` such as `s3://bucket/folder`, `az://container/folder` and `gs://bucket/folder`.
    ///
    /// The options of [`object_store`] come from the environment, such as `AWS_REGION` and `AWS_ACCESS_KEY_ID`.
    ///
    /// # Errors
    ///
    /// [`Error::ArchiveFailed`]: this is not such a URL, or the feature for it is off.
    pub fn at(url: &str) -> Result<Self, Error> {
        // A URL may contain a password.
        const WHAT: &str = "the archive's URL";
        let parsed = Url::parse(url).map_err(|error| Error::archive(WHAT, error))?;
        if parsed.scheme() == "file" {
            let path = parsed.to_file_path();
            let path = path.map_err(|()| Error::archive(WHAT, "it has no path of this machine"))?;
            return Self::folder(path);
        }
        let (store, prefix) = object_store::parse_url_opts(&parsed, std::env::vars())
            .map_err(|error| Error::archive(WHAT, error))?;
        Ok(Self::new(Arc::new(PrefixStore::new(store, prefix))))
    }

    /// Creates an archive in an object store. Its root must contain nothing else.
    pub fn new(store: Arc<dyn ObjectStore>) -> Self {
        Self {
            store,
            entries_per_file: ENTRIES_PER_FILE,
            lease: Duration::from_secs(300),
        }
    }

    /// Sets the maximum number of entries in a file, from 1 to a million, the default.
    pub fn entries_per_file(self, entries: u64) -> Self {
        Self {
            entries_per_file: entries.clamp(1, ENTRIES_PER_FILE),
            ..self
        }
    }

    /// Sets how long a worker keeps its file without renewing its lease. The default is five minutes.
    ///
    /// After that, another worker writes its entries to another file, and the first one stops.
    pub fn lease(self, lease: Duration) -> Self {
        Self { lease, ..self }
    }
}

const ENTRIES_PER_FILE: u64 = 1_000_000;
