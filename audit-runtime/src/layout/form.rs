//! The two forms of a statement: quick, for common values, and full.

/// PostgreSQL initializes every expression of a statement each time, even one that is hardly ever evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// Covers common values. For any other it [fails](super::raised::Raised::Unusual) before anything is written, and
    /// the statement is sent again in full. The server logs one line with the statement's text, without values.
    Quick,
    /// Covers all values. Inside a transaction a failed statement cannot be retried.
    Full,
}
