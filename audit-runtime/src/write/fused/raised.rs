//! What a statement finds wrong and refuses by itself, so that nothing of it is kept.

use sea_orm::{DbErr, sea_query::Expr};

use super::encoder::{constant, sql};
use crate::{
    Error,
    audited::Audited,
    error::is_undefined_object,
    write::{
        entry::{HIDDEN, LEFT_OUT},
        refusal::{failed, key_changed, not_deleted},
    },
};

#[derive(Clone, Copy)]
pub(in crate::write) enum Raised {
    /// A trigger changed the row's key.
    KeyChanged,
    /// A trigger left a row out, which may have done something else instead.
    NotInserted,
    NotUpdated,
    NotDeleted,
    /// A trigger left out an entry.
    NotLogged,
    /// A temporary table, a view or a rule stands where the log should.
    LogHidden,
    /// The quick form does not provide for this.
    Unusual,
}

impl Raised {
    fn of(error: &DbErr) -> Option<Self> {
        if !is_undefined_object(error) {
            return None;
        }
        let text = error.to_string();
        let all = [
            Self::KeyChanged,
            Self::NotInserted,
            Self::NotUpdated,
            Self::NotDeleted,
            Self::NotLogged,
            Self::LogHidden,
            Self::Unusual,
        ];
        all.into_iter()
            .find(|raised| text.contains(raised.setting()))
    }

    /// A text that fails the statement when it is evaluated: there is no setting of that name.
    pub(in crate::write) fn text(self) -> Expr {
        sql("current_setting($1)", [constant(self.setting())])
    }

    /// What keeps entries from the log, if that is what failed.
    pub(in crate::write) fn problem_with_log(error: &DbErr) -> Option<&'static str> {
        match Self::of(error)? {
            Self::NotLogged => Some(LEFT_OUT),
            Self::LogHidden => Some(HIDDEN),
            _ => None,
        }
    }

    fn setting(self) -> &'static str {
        match self {
            Self::KeyChanged => "audit.the_primary_key_of_the_row_was_changed",
            Self::NotInserted => "audit.a_row_was_not_inserted",
            Self::NotUpdated => "audit.a_row_was_not_updated",
            Self::NotDeleted => "audit.a_row_was_not_deleted",
            Self::NotLogged => "audit.an_entry_was_not_written",
            Self::LogHidden => "audit.the_log_is_hidden",
            Self::Unusual => "audit.this_is_repeated_in_full",
        }
    }
}

/// What such a failure is to the caller.
pub(in crate::write) fn error_of<E: Audited>(error: &DbErr) -> Option<Error> {
    Some(match Raised::of(error)? {
        Raised::KeyChanged => key_changed(),
        Raised::NotInserted => failed::<E>(DbErr::RecordNotInserted),
        Raised::NotUpdated => failed::<E>(DbErr::RecordNotUpdated),
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
