//! Errors for the conditions under which a fused statement fails itself.

use sea_orm::DbErr;

use crate::{
    Error,
    layout::raised::Raised,
    write::{
        entry::{HIDDEN, LEFT_OUT},
        refusal::{key_changed, not_deleted},
    },
};

/// The caller's error for such a failure.
pub(in crate::write) fn error_of(error: &DbErr) -> Option<Error> {
    Some(match Raised::of(error)? {
        Raised::KeyChanged => key_changed(),
        Raised::NotInserted => Error::NotWritten { action: "CREATE" },
        Raised::NotUpdated => Error::NotWritten { action: "UPDATE" },
        Raised::NotDeleted => not_deleted(),
        Raised::NotLogged => Error::NotLogged(LEFT_OUT),
        Raised::LogHidden => Error::NotLogged(HIDDEN),
        Raised::Unusual => return None,
    })
}

pub(super) fn is_unusual(error: &DbErr) -> bool {
    matches!(Raised::of(error), Some(Raised::Unusual))
}

pub(super) fn is_not_deleted(error: &DbErr) -> bool {
    matches!(Raised::of(error), Some(Raised::NotDeleted))
}
