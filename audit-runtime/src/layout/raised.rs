//! The conditions under which a fused statement raises an error, so that PostgreSQL undoes it.

use sea_orm::{DbErr, sea_query::Expr};

use super::template::{constant, sql};
use crate::error::is_undefined_object;

#[derive(Clone, Copy)]
pub(crate) enum Raised {
    /// A trigger changed the row's key.
    KeyChanged,
    /// A trigger suppressed a row.
    NotInserted,
    NotUpdated,
    NotDeleted,
    /// A trigger suppressed an entry.
    NotLogged,
    /// A temporary table, a view or a rule hides the log.
    LogHidden,
    /// The quick form does not cover this value.
    Unusual,
}

impl Raised {
    pub(crate) fn of(error: &DbErr) -> Option<Self> {
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

    /// An expression that fails the statement when it is evaluated: it reads a setting that does not exist.
    pub(crate) fn text(self) -> Expr {
        sql("current_setting($1)", [constant(self.setting())])
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
