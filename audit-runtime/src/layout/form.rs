//! The two forms of a statement: quick, for common values, and full.

/// PostgreSQL sets up every expression of a statement each time, also those that hardly ever are evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// What writes mostly meet. What else there is, it [refuses](super::raised::Raised::Unusual) before anything is
    /// kept, so that it is asked for again in full. Of that the server's log has a line with the text, without values.
    Quick,
    /// Everything. In a transaction there is no second try.
    Full,
}
