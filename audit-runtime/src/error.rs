//! The errors of this crate.

mod classify;
mod database;
mod facts;
mod reason;
mod withheld;

use sea_orm::{DbErr, SqlErr};
use uuid::Uuid;

use crate::{audit_log::Index, dialect::Dialect, encode::ValueKind};

pub(crate) use classify::{
    UNAUDITED, UNSENT, is_certainly_undone, is_changed_since, is_denied, is_of_log,
    is_reopened_table, is_undefined_object, is_unique_violation, is_unreadable_table,
};
pub use database::DatabaseError;
pub use facts::Violation;
pub use reason::Reason;

/// What can go wrong. Unless a variant says otherwise, nothing was changed and nothing was logged.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// There is no such row.
    #[error("{entity_type} {entity_id} does not exist")]
    NotFound {
        /// The entity.
        entity_type: String,
        /// The id that was asked for.
        entity_id: String,
    },

    /// The row is no longer what the caller loaded.
    #[error("{entity_type} {entity_id} has changed since it was loaded: {}", fields.join(", "))]
    Conflict {
        /// The entity.
        entity_type: String,
        /// The row.
        entity_id: String,
        /// The fields that differ.
        fields: Vec<String>,
    },

    /// The entity demands a reason and the context has none.
    #[error("a change of {entity_type} needs a reason: add one with AuditContext::reason")]
    ReasonRequired {
        /// The entity.
        entity_type: String,
    },

    /// The entity has a recorded field, or a key, of a type whose values this build cannot read back from the log.
    #[error("field `{field}` of {entity_type} holds {kind}, which this build of audit-runtime cannot read back: {}", readable_by(*feature))]
    UnreadableField {
        /// The entity.
        entity_type: String,
        /// The field.
        field: &'static str,
        /// What its column holds.
        kind: ValueKind,
        /// The feature of this crate that is off and reads such values back; `None` where there is none.
        feature: Option<&'static str>,
    },

    /// The context's actor cannot be told from another.
    #[error("an actor needs a kind and an id, but its {0} is empty")]
    InvalidActor(&'static str),

    /// The event's name is not one.
    #[error("{action:?} is not an event name: {problem}")]
    InvalidEvent {
        /// The name.
        action: String,
        /// What is wrong with it, and what is right.
        problem: &'static str,
    },

    /// A proxy to be trusted that is neither an address nor a network.
    #[cfg(feature = "http")]
    #[error(
        "{0:?} is no proxy to trust: an address such as 10.0.0.1 is needed, or a network such as 10.0.0.0/8 \
         that is not of all addresses"
    )]
    InvalidProxy(String),

    /// The log's table is not there.
    #[error(
        "the table audit_log does not exist: call audit_runtime::schema::install(&db), \
         or add audit_runtime::schema::migrations() to your Migrator"
    )]
    LogMissing(#[source] DatabaseError),

    /// The entry did not reach the log: something else has its name, or keeps entries from it.
    #[error("nothing was changed, as the entry was not written to audit_log: {0}")]
    NotLogged(&'static str),

    /// The reply to a commit was lost: it may have happened.
    ///
    /// [`History::committed`](crate::History::committed) finds out.
    #[error("the reply to the commit was lost; look for changeset {changeset_id}")]
    CommitUnknown {
        /// The changeset whose entries are there if the commit happened.
        changeset_id: Uuid,
        /// What the connection said.
        #[source]
        source: DatabaseError,
    },

    /// An operation of this unit failed or was interrupted before; the unit was rolled back or will be.
    #[error(
        "an operation of this unit failed or was interrupted, so the unit cannot go on: roll it back"
    )]
    UnitFailed,

    /// The transaction is no longer open: it ended by itself or by a statement inside it.
    #[error(
        "the transaction has ended outside of commit and rollback; \
         what was done in it before may have been committed"
    )]
    TransactionEnded,

    /// An event that outlives its unit could not be written after the unit had ended.
    #[error("the unit has {}, but its event {action} could not be written", if *committed { "committed" } else { "rolled back" })]
    EventNotWritten {
        /// The event.
        action: String,
        /// Whether the unit's changes are there.
        committed: bool,
        /// Why not.
        #[source]
        source: Box<Error>,
    },

    /// A search that would have the database read the whole log.
    #[error("no index serves a search by {} alone: put a row, an entity type, an actor, a changeset or `since` beside it{}", conditions.join(" and "), or_create(indexes))]
    UnservedQuery {
        /// The conditions, as the methods of [`History`](crate::History) are called.
        conditions: Vec<&'static str>,
        /// The indexes that would serve it, if they were created.
        indexes: Vec<Index>,
    },

    /// A question to the log that means nothing.
    #[error("the question cannot be asked: {0}")]
    InvalidQuery(String),

    /// The row as it was is not known whole.
    #[error("{entity_type} {entity_id} is not known whole: {}", unknown(fields))]
    UnknownFields {
        /// The entity.
        entity_type: String,
        /// The row.
        entity_id: String,
        /// The fields that are not known, and why.
        fields: Vec<(String, Reason)>,
    },

    /// An entry whose change cannot be taken back.
    #[error("entry {entry} cannot be taken back: {problem}")]
    Irreversible {
        /// The entry.
        entry: i64,
        /// What is in the way.
        problem: String,
        /// The fields that are, if it is those.
        fields: Vec<String>,
    },

    /// The fields to be taken back changed again.
    #[error("{entity_type} {entity_id} has changed since entry {entry}: {}", fields.join(", "))]
    ChangedSince {
        /// The entity.
        entity_type: String,
        /// The row.
        entity_id: String,
        /// The entry that was to be taken back.
        entry: i64,
        /// The fields that are no longer what it left.
        fields: Vec<String>,
    },

    /// A cursor that no page of this query gave out.
    #[error("the cursor does not belong to this query: use the `next` of its last page")]
    InvalidCursor,

    /// A table or view of the log's name belongs to something else.
    #[error(
        "there is a `{table}` that is not the audit log's: it has no {}; nothing was changed, \
         rename it or install in another schema",
        missing.join(", ")
    )]
    ForeignTable {
        /// Which table or view.
        table: &'static str,
        /// The columns it would have.
        missing: Vec<String>,
    },

    /// A PostgreSQL database that is not in UTF-8: most of what is logged has no place in it.
    #[error(
        "the database is in {encoding}, and the audit log needs UTF8: \
         create the database with `ENCODING 'UTF8' TEMPLATE template0`"
    )]
    NotUtf8 {
        /// The encoding it is in.
        encoding: String,
    },

    /// The columns that were to tell whether a row is there are no unique constraint over all rows.
    #[error(
        "no unique constraint or index of {entity_type} is on {} alone and over all rows, \
         so the database cannot tell which row is there",
        columns.join(", ")
    )]
    NotUnique {
        /// The entity type.
        entity_type: String,
        /// The columns.
        columns: Vec<String>,
    },

    /// The database stored NULL where a date or time was set: its column has no place for it.
    #[error(
        "the database has no place for what was set in {} of {entity_type} and stored NULL: nothing of it is kept",
        fields.join(", ")
    )]
    NotStored {
        /// The entity type.
        entity_type: String,
        /// The fields.
        fields: Vec<String>,
    },

    /// The database did not write a row, and reported no error: a trigger, a rule or a policy suppressed it. Nothing of
    /// the write is kept.
    #[error(
        "the database did not write the row ({action}): a trigger, a rule or a policy suppressed it"
    )]
    NotWritten {
        /// `CREATE`, `UPDATE` or `DELETE`.
        action: &'static str,
    },

    /// A hook or a trigger changed the primary key of a row. Nothing of the write is kept.
    #[error(
        "a hook or trigger changed the primary key of the row: a row keeps the key that its entries name"
    )]
    KeyChanged,

    /// A row of `insert_many` has no key, and the database does not generate one.
    #[error(
        "a row of {entity_type} has no primary key, and the database generates none: set the key of each row"
    )]
    MissingKey {
        /// The entity type.
        entity_type: String,
    },

    /// A statement was not sent: one of its values is a date or number that the database cannot hold.
    #[error("{}", UNSENT)]
    Unsendable,

    /// An optional index that this database does not have.
    #[error(
        "{dialect:?} has no index for {index}: only PostgreSQL indexes the values in `changes`"
    )]
    IndexUnsupported {
        /// The index.
        index: Index,
        /// The database.
        dialect: Dialect,
    },

    /// Another process holds the lock on the installation of the schema.
    #[error("another process has been installing the audit log for a minute: try again")]
    InstallBusy,

    /// A guard has refused a change without an entry, made by plain SeaORM or raw SQL.
    #[error(
        "{action} of {entity_type} {entity_id} has no entry and was refused: call db.audited(&context).{} instead, \
         or mark a unit with Unit::raw_sql",
        audited_call(action)
    )]
    Unaudited {
        /// The entity.
        entity_type: String,
        /// The row.
        entity_id: String,
        /// `CREATE`, `UPDATE` or `DELETE`.
        action: String,
    },

    /// A guard cannot be installed as things are.
    #[error("the guard of {entity_type} was not installed: {problem}")]
    GuardRefused {
        /// The entity.
        entity_type: String,
        /// What stands in the way, and what to do first.
        problem: String,
    },

    /// A database that this version has no guards for.
    #[error("{0:?} has no guards in this version: PostgreSQL alone has them")]
    GuardUnsupported(Dialect),

    /// The columns of the table `audit_log` are not as this crate creates them. Nothing was changed.
    #[error(
        "the table audit_log was not created by this crate: {}; rename or drop it, \
         then call audit_runtime::schema::install(&db)",
        differences.join(", ")
    )]
    DifferentColumns {
        /// One difference per column.
        differences: Vec<String>,
    },

    /// This account does not see all columns of a table, and may not read which version of the schema is installed.
    #[error(
        "this account does not see {} of {table}, so it cannot check the schema: grant it SELECT on audit_log_version, \
         or call audit_runtime::schema::install(&db) with the account that owns the log",
        missing.join(", ")
    )]
    HiddenColumns {
        /// Which table or view.
        table: &'static str,
        /// The columns that it does not see.
        missing: Vec<String>,
    },

    /// Triggers that make the log append-only are missing, disabled or changed, and this account could not create them.
    #[error(
        "audit_log is not append-only: {} missing, disabled or changed; \
         call audit_runtime::schema::install(&db) with the account that owns the log",
        triggers.join(", ")
    )]
    NotAppendOnly {
        /// The names of the triggers.
        triggers: Vec<String>,
        /// Why they could not be created.
        #[source]
        source: DatabaseError,
    },

    /// The schema was installed by a later version of this crate.
    #[error(
        "the audit log's schema has version {installed}, and this build knows {known}: upgrade audit-runtime"
    )]
    NewerSchema {
        /// The version found.
        installed: i32,
        /// The latest version known.
        known: i32,
    },

    /// The connection leads to a PostgreSQL standby, which does not know who is writing entries.
    #[error("a standby cannot tell which entries are settled: connect to the primary")]
    Standby,

    /// The log was to be dropped, entries and all.
    #[error("audit_log has entries and is not dropped: archive them, then drop it by hand")]
    LogNotEmpty,

    /// The database refused or failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

impl Error {
    /// Whether the same write, tried again from its start, may succeed: a deadlock, a serialization
    /// failure, a lock or pool that timed out.
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_retryable())
    }

    /// Whether the database undid the transaction because others were in its way.
    pub(crate) fn is_undone_for_others(&self) -> bool {
        matches!(self, Self::Database(error) if error.is_undone_for_others())
    }

    /// SeaORM's view of a violated constraint, as [`DbErr::sql_err`] gives it.
    ///
    /// For an entity with redacted or skipped fields the text is the constraint's name and no more.
    pub fn sql_err(&self) -> Option<SqlErr> {
        match self {
            Self::Database(error) => error.sql_err(),
            _ => None,
        }
    }

    /// The error without the database's message, which may hold a value.
    pub(crate) fn scrubbed(error: DbErr) -> Self {
        detected(&error).unwrap_or_else(|| DatabaseError::scrubbed(error).into())
    }

    /// Refusals come before anything was written: a unit may go on after one.
    pub(crate) fn is_refusal(&self) -> bool {
        // Without `_`: a variant that is added has to be sorted in here.
        match self {
            Self::NotFound { .. }
            | Self::Conflict { .. }
            | Self::ReasonRequired { .. }
            | Self::UnreadableField { .. }
            | Self::InvalidActor(_)
            | Self::InvalidEvent { .. }
            | Self::ChangedSince { .. }
            | Self::Irreversible { .. }
            | Self::InvalidQuery(_)
            | Self::UnservedQuery { .. }
            | Self::GuardUnsupported(_) => true,
            #[cfg(feature = "http")]
            Self::InvalidProxy(_) => false,
            Self::LogMissing(_)
            | Self::NotLogged(_)
            | Self::CommitUnknown { .. }
            | Self::UnitFailed
            | Self::TransactionEnded
            | Self::EventNotWritten { .. }
            | Self::UnknownFields { .. }
            | Self::InvalidCursor
            | Self::ForeignTable { .. }
            | Self::NotUtf8 { .. }
            | Self::NotUnique { .. }
            | Self::NotStored { .. }
            | Self::NotWritten { .. }
            | Self::KeyChanged
            | Self::MissingKey { .. }
            | Self::Unsendable
            | Self::IndexUnsupported { .. }
            | Self::InstallBusy
            | Self::Unaudited { .. }
            | Self::GuardRefused { .. }
            | Self::DifferentColumns { .. }
            | Self::HiddenColumns { .. }
            | Self::NotAppendOnly { .. }
            | Self::NewerSchema { .. }
            | Self::Standby
            | Self::LogNotEmpty
            | Self::Database(_) => false,
        }
    }
}

/// A condition that this crate detects, and that reaches it through SeaORM.
fn detected(error: &DbErr) -> Option<Error> {
    if matches!(error, DbErr::Custom(problem) if problem == UNSENT) {
        return Some(Error::Unsendable);
    }
    let (entity_type, entity_id, action) = classify::unaudited(error)?;
    Some(Error::Unaudited {
        entity_type,
        entity_id,
        action,
    })
}

fn audited_call(action: &str) -> &'static str {
    match action {
        "CREATE" => "insert(row)",
        "UPDATE" => "update(id, patch)",
        _ => "delete::<Entity>(id)",
    }
}

fn or_create(indexes: &[Index]) -> String {
    let names: Vec<_> = indexes.iter().map(Index::to_string).collect();
    match &names[..] {
        [] => String::new(),
        names => format!(
            ", or create {} with audit_runtime::schema::create_index",
            names.join(" or ")
        ),
    }
}

fn readable_by(feature: Option<&str>) -> String {
    let hidden = "mark it `#[audited(redact)]` or `#[audited(skip)]`";
    match feature {
        Some(feature) => format!("turn on its feature `{feature}`, or {hidden}"),
        None => hidden.to_owned(),
    }
}

fn unknown(fields: &[(String, Reason)]) -> String {
    let fields = fields
        .iter()
        .map(|(field, reason)| format!("`{field}`: {reason}"));
    fields.collect::<Vec<_>>().join(", ")
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        detected(&error).unwrap_or_else(|| Self::Database(error.into()))
    }
}

impl From<Error> for DbErr {
    fn from(error: Error) -> Self {
        match error {
            Error::Database(error) => error.into(),
            Error::NotWritten { action: "CREATE" } => DbErr::RecordNotInserted,
            Error::NotWritten { action: "UPDATE" } => DbErr::RecordNotUpdated,
            error => DbErr::Custom(error.to_string()),
        }
    }
}
