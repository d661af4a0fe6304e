//! `before` and `after`, the two sides of a recorded change.

use sea_orm::sea_query::Expr;

use super::template::{constant, sql};

/// One of the two sides.
#[derive(Clone, Copy)]
pub(crate) enum Side {
    Before,
    After,
}

impl Side {
    pub(super) fn keys(self) -> (&'static str, &'static str) {
        match self {
            Self::Before => ("before", "before_is"),
            Self::After => ("after", "after_is"),
        }
    }

    /// `{"before_is": "redacted"}`. NULL is not redacted.
    pub(crate) fn redacted(self, value: Expr) -> Expr {
        let (key, key_is) = self.keys();
        sql(
            "CASE WHEN $1 IS NULL THEN jsonb_build_object($2, NULL) ELSE jsonb_build_object($3, 'redacted') END",
            [value, constant(key), constant(key_is)],
        )
    }
}
