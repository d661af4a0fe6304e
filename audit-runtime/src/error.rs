//! The errors of this crate.

/// What can go wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The database said no.
    #[error("{0}")]
    Database(#[from] sea_orm::DbErr),

    /// The log was never installed here.
    #[error(
        "the table `audit_log` does not exist: call `audit_runtime::schema::install(&db)`, \
         or add `audit_runtime::schema::migrations()` to your `Migrator`"
    )]
    NotInstalled,

    /// A table of the log's name belongs to something else.
    #[error(
        "there is a `{table}` that is not the audit log's: it has no {}; \
         nothing was changed, rename it or install in another schema",
        missing.join(", ")
    )]
    ForeignTable {
        /// Which table or view.
        table: &'static str,
        /// The columns it would have.
        missing: Vec<String>,
    },

    /// The log was installed by a later version of this crate.
    #[error(
        "the audit log's schema has version {installed}, and this build knows {known}: \
         upgrade `audit-runtime`"
    )]
    NewerSchema {
        /// The version found.
        installed: i32,
        /// The latest version known.
        known: i32,
    },

    /// The log was to be dropped, entries and all.
    #[error("`audit_log` has entries and is not dropped: archive them, then drop it by hand")]
    LogNotEmpty,
}
