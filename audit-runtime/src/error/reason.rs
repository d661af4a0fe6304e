//! The reasons why a past value is unknown.

use std::fmt::{self, Display, Formatter};

use crate::encode::DecodeError;

/// The reason why a value is unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The field is redacted.
    Redacted,
    /// An ERASE removed it from the log.
    Erased,
    /// The field is skipped.
    Skipped,
    /// The oldest entries were removed, and the moment is before the remaining ones. Whether the row existed is
    /// unknown, too.
    Purged,
    /// The entries that contain it are in an archive: see `retention::Archive::state_at`.
    Archived,
    /// PostgreSQL's row-level security shows this account only a part of the log, which does not contain the value.
    /// Whether the row existed may be unknown, too.
    Hidden,
    /// The column was added to the table, or became recorded, at a later time.
    AddedSince,
    /// Entries before and after the moment disagree: an unlogged write happened.
    ChangedOutside,
    /// Another field or another entity has had the name in the log, and the entry is ambiguous.
    NameReused,
    /// There is no such row and no entry of this key, but the table may treat it as equal to another spelling. Whether
    /// the row existed is unknown, too.
    KeySpelling,
    /// The field's current Rust type does not accept the value, for example a removed variant of an enum.
    Unfit,
    /// The stored value cannot be decoded as the column's current type.
    Unreadable(DecodeError),
}

impl Display for Reason {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Redacted => f.write_str("it is redacted"),
            Self::Erased => f.write_str("it was erased"),
            Self::Skipped => f.write_str("it is skipped"),
            Self::Purged => f.write_str("its history was purged"),
            Self::Archived => f.write_str("its history is in the archive"),
            Self::Hidden => f.write_str("the log does not show this account all of its entries"),
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
