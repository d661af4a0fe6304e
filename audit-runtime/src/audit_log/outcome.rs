//! The outcome of an entry.

/// How it ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It was done.
    Success,
    /// It was not allowed.
    Denied,
    /// It was tried and failed.
    Failure,
    /// Of an entry that is read: what this version does not know of, as a later one may write it.
    Unknown,
}

impl Outcome {
    /// As it is stored: `SUCCESS`, `DENIED` or `FAILURE`; `UNKNOWN` is never stored.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Denied => "DENIED",
            Self::Failure => "FAILURE",
            Self::Unknown => "UNKNOWN",
        }
    }
}
