//! The two forms of a statement: quick, for common values, and full.

/// The form of a statement. PostgreSQL initializes every expression each time, even one that is rarely evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Covers common values. For any other it [fails](super::raised::Raised::Unusual) before anything is written, and
    /// the statement is sent again in full. The server logs one line with the statement's text, without values.
    Quick,
    /// Covers all values. Inside a transaction a failed statement cannot be retried.
    Full,
}
