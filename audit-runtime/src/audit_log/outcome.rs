//! The outcome of an entry.

use std::fmt;

/// The outcome of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// The action succeeded.
    Success,
    /// The action was not allowed.
    Denied,
    /// The action failed.
    Failure,
    /// An outcome that this version does not know, stored by a later one.
    Unknown,
}

impl Outcome {
    /// The outcomes that are stored.
    pub(crate) const STORED: [Self; 3] = [Self::Success, Self::Denied, Self::Failure];

    /// The stored text: `SUCCESS`, `DENIED` or `FAILURE`. `UNKNOWN` is never stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Denied => "DENIED",
            Self::Failure => "FAILURE",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// The outcome that is stored as this text.
    pub(crate) fn stored_as(text: &str) -> Option<Self> {
        let mut stored = Self::STORED.into_iter();
        stored.find(|outcome| outcome.as_str() == text)
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
