//! The reasons why a value of the past is not known.

use std::fmt::{self, Display, Formatter};

use crate::encode::DecodeError;

/// Why a value is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The log keeps no values of it.
    Redacted,
    /// The log keeps nothing of it.
    Skipped,
    /// The log no longer begins at its beginning, and the moment is before what is left of it.
    /// Whether the row existed is not known either.
    Purged,
    /// The column was added to the table, or to what is recorded, at some later time.
    AddedSince,
    /// What the log says before the moment is not what it or the row says after: somebody wrote without it.
    ChangedOutside,
    /// The log has it under a name that another field, or another entity, had, too, and does not tell which of the two
    /// it is about.
    NameReused,
    /// There is no row, and the log has nothing under the key as it was given; the table may take it for another
    /// spelling of one that the log has. Whether the row existed is not known either.
    KeySpelling,
    /// It is not a value of the field's type of today: a variant of an enum that is gone, say.
    Unfit,
    /// What stands in the log does not read as the column's type of today.
    Unreadable(DecodeError),
}

impl Display for Reason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redacted => f.write_str("it is redacted"),
            Self::Skipped => f.write_str("it is skipped"),
            Self::Purged => f.write_str("its history was purged"),
            Self::AddedSince => f.write_str("it was added since"),
            Self::ChangedOutside => f.write_str("it was changed outside of the log"),
            Self::NameReused => {
                f.write_str("the log has it under a name that was not its own alone")
            }
            Self::KeySpelling => f.write_str(
                "the key may be stored in another spelling; give the one that is stored",
            ),
            Self::Unfit => f.write_str("it is no value of the field's type"),
            Self::Unreadable(error) => write!(f, "it cannot be read: {error}"),
        }
    }
}
