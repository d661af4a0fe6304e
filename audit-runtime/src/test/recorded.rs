//! The recorded entries that a test examines.

use std::fmt::{self, Display, Formatter};

use futures_util::TryStreamExt;
use sea_orm::{ConnectionTrait, DbBackend};

use super::expected::Expected;
use crate::{Entry, Error, History};

/// The end of the log at a moment. The entries after it are those of the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "a mark is where a test begins: `mark.recorded(&db)`"]
pub struct Mark(i64);

impl Mark {
    /// Marks the end of the log.
    ///
    /// # Errors
    ///
    /// The errors of [`History::latest`].
    pub async fn now(db: &impl ConnectionTrait) -> Result<Self, Error> {
        let latest = History::all().latest(db).await?;
        Ok(Self(latest.map_or(0, |entry| entry.id)))
    }

    /// Returns the entries recorded since.
    ///
    /// # Errors
    ///
    /// The errors of [`History::page`].
    pub async fn recorded(&self, db: &impl ConnectionTrait) -> Result<Recorded, Error> {
        Recorded::of(&History::all().after_id(self.0), db).await
    }
}

/// Recorded entries that a test asserts.
///
/// `Display` writes every entry as a sentence.
#[derive(Clone, Debug)]
#[must_use = "it asserts nothing until `assert` or `assert_nothing_else`"]
pub struct Recorded {
    entries: Vec<Entry>,
    /// For each entry, whether an assertion has matched it.
    is_told: Vec<bool>,
    backend: DbBackend,
}

impl Recorded {
    /// Returns the whole log.
    ///
    /// # Errors
    ///
    /// The errors of [`History::page`].
    pub async fn all(db: &impl ConnectionTrait) -> Result<Self, Error> {
        Self::of(&History::all(), db).await
    }

    /// Returns the entries of a query.
    ///
    /// # Errors
    ///
    /// The errors of [`History::page`].
    pub async fn of(history: &History, db: &impl ConnectionTrait) -> Result<Self, Error> {
        let entries: Vec<_> = history.stream(db).try_collect().await?;
        Ok(Self {
            is_told: vec![false; entries.len()],
            entries,
            backend: db.get_database_backend(),
        })
    }

    /// The entries, in the order of the query.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Asserts that there is such an entry, and returns it. Each entry satisfies one assertion.
    ///
    /// # Panics
    ///
    /// If there is no such entry, or earlier assertions have matched all of them. The message lists every entry.
    #[track_caller]
    pub fn assert(&mut self, expected: Expected) -> &Entry {
        let mut found = None;
        for (nth, entry) in self.entries.iter().enumerate() {
            match expected.is(entry, self.backend) {
                Ok(true) if !self.is_told[nth] => {
                    found = Some(nth);
                    break;
                }
                Ok(_) => {}
                Err(error) => panic!("{}: {error}", expected.told(self.backend)),
            }
        }
        let Some(nth) = found else {
            panic!("not recorded: {}\n{self}", expected.told(self.backend));
        };
        self.is_told[nth] = true;
        &self.entries[nth]
    }

    /// Asserts that every entry was asserted.
    ///
    /// # Panics
    ///
    /// If an entry was not asserted. The message lists every entry.
    #[track_caller]
    pub fn assert_nothing_else(&self) {
        let others = self.is_told.iter().filter(|is_told| !**is_told).count();
        assert!(others == 0, "recorded, but not expected: {others}\n{self}");
    }
}

impl Display for Recorded {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.entries.is_empty() {
            return f.write_str("nothing was recorded");
        }
        f.write_str("recorded:")?;
        for (entry, is_told) in self.entries.iter().zip(&self.is_told) {
            let mark = if *is_told { "expected" } else { "" };
            write!(f, "\n  {mark:<8}  #{}  {entry}", entry.id)?;
            if let Some(reason) = &entry.reason {
                write!(f, "  because {reason:?}")?;
            }
        }
        Ok(())
    }
}
