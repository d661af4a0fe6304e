//! The errors of this crate.

mod classify;
mod convert;
mod database;
mod facts;
mod kind;
mod reason;
mod summary;
mod told;
mod withheld;
mod wording;

use uuid::Uuid;

use crate::{audit_log::Index, dialect::Dialect, encode::ValueKind};

pub(crate) use classify::{
    UNAUDITED, UNSENT, is_certainly_undone, is_changed_since, is_denied, is_foreign_key_violation,
    is_not_permitted, is_of_log, is_of_other_schema, is_reopened_table, is_role_not_granted,
    is_two_rows_for_one, is_undefined_object, is_unique_violation, is_unreadable_table,
};
pub use database::DatabaseError;
pub use facts::Violation;
pub use reason::Reason;
pub(crate) use wording::audited_call;

use wording::{or_create, readable_by, unknown};

/// An error of this crate. Unless a variant says otherwise, nothing was changed and nothing was logged.
///
/// A write that fails with a [retryable](Self::is_retryable) error has left nothing, so it can be repeated as a whole.
/// After a lost reply to a commit, the log shows whether it happened:
///
/// ```
#[doc = include_str!("guide/example.txt")]
/// use sea_orm::DatabaseConnection;
///
/// async fn promote(audit: Audit<'_, DatabaseConnection>, id: i32) -> Result<(), Error> {
///     let mut attempts = 0;
///     loop {
///         attempts += 1;
///         match audit.update(id, user::Patch::new().role("admin")).await {
///             Err(error) if error.is_retryable() && attempts < 3 => {}
///             Err(Error::CommitUnknown { changeset_id, .. })
///                 if History::committed(changeset_id, audit.connection()).await? =>
///             {
///                 return Ok(());
///             }
///             result => return result.map(drop),
///         }
///     }
/// }
///
/// promote(audit, ann.id).await?;
/// let entry = History::of::<user::Entity>(ann.id).latest(&db).await?.ok_or("no entry")?;
/// assert!(History::committed(entry.changeset_id, &db).await?);
///
/// let refused = promote(audit, 9).await.unwrap_err();
/// assert_eq!(refused.to_string(), "User 9 does not exist");
/// # Ok(())
/// # }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The row does not exist.
    #[error("{entity_type} {entity_id} does not exist")]
    NotFound {
        /// The entity.
        entity_type: String,
        /// The id that was given.
        entity_id: String,
    },

    /// The row has changed since the caller loaded it.
    #[error("{entity_type} {entity_id} has changed since it was loaded: {}", fields.join(", "))]
    Conflict {
        /// The entity.
        entity_type: String,
        /// The row.
        entity_id: String,
        /// The fields that differ.
        fields: Vec<String>,
    },

    /// The entity requires a reason, and the context has none.
    #[error("a change of {entity_type} needs a reason: add one with AuditContext::reason")]
    ReasonRequired {
        /// The entity.
        entity_type: String,
    },

    /// A recorded field or a key has a type that this build cannot decode.
    #[error("field `{field}` of {entity_type} holds {kind}, which this build of audit-runtime cannot read back: {}", readable_by(*feature))]
    UnreadableField {
        /// The entity.
        entity_type: String,
        /// The field.
        field: &'static str,
        /// The kind of its column.
        kind: ValueKind,
        /// The feature of this crate that decodes such values; `None` if there is none.
        feature: Option<&'static str>,
    },

    /// The row has values that the fields of its model do not accept, such as a removed variant of an enum. A patch
    /// that sets these fields can change the row, and the row can be deleted.
    #[error(
        "{entity_type} {entity_id} has a value that its model does not accept in {}: \
         set these fields in the same patch, or delete the row",
        fields.join(", ")
    )]
    Unfit {
        /// The entity type.
        entity_type: String,
        /// The entity id.
        entity_id: String,
        /// The fields with such values.
        fields: Vec<String>,
    },

    /// The actor's kind or id is empty.
    #[error("an actor needs a kind and an id, but its {0} is empty")]
    InvalidActor(&'static str),

    /// An `ActiveModel` sets fields of which nothing is recorded, so their change would leave no entry.
    #[error(
        "{entity_type} skips {}, so a change would leave no entry: record or redact it, or write it by plain SeaORM",
        fields.join(", ")
    )]
    Unrecorded {
        /// The entity.
        entity_type: String,
        /// The fields that are set.
        fields: Vec<String>,
    },

    /// The text is not an IP address. It is cut after 64 characters.
    #[error("{0:?} is not an IP address")]
    InvalidIp(String),

    /// The name of the event is invalid or reserved.
    #[error("{action:?} is not an event name: {problem}")]
    InvalidEvent {
        /// The name.
        action: String,
        /// The problem, and the correct form.
        problem: &'static str,
    },

    /// A retention policy or hold contradicts itself, another one, or the installed state.
    #[cfg(feature = "retention")]
    #[error("retention policy `{policy}`: {problem}")]
    PolicyRefused {
        /// Its name.
        policy: String,
        /// The problem, and the correct form.
        problem: String,
    },

    /// The tables of retention do not exist.
    #[cfg(feature = "retention")]
    #[error("retention is not installed: call Retention::install first")]
    RetentionMissing(#[source] DatabaseError),

    /// The entries to delete are no longer those of the plan. The plan deleted nothing.
    #[cfg(feature = "retention")]
    #[error("the plan is out of date: {}", changes.join("; "))]
    PlanOutdated {
        /// The differences.
        changes: Vec<String>,
    },

    /// A policy requires the approval of a second person.
    #[cfg(feature = "retention")]
    #[error(
        "retention policy `{policy}` wants this plan approved by somebody else: see Retention::approve"
    )]
    NotApproved {
        /// The policy.
        policy: String,
    },

    /// The database's clock is behind the last purge, so ages cannot be trusted.
    #[cfg(feature = "retention")]
    #[error("the database's clock says {now}, which is before the last purge at {last_purge}")]
    ClockBehind {
        /// The time of the database's clock.
        now: chrono::DateTime<chrono::Utc>,
        /// The time of the last purge.
        last_purge: chrono::DateTime<chrono::Utc>,
    },

    /// The archive could not be read or written.
    #[cfg(feature = "archive")]
    #[error("the archive failed at {what}")]
    ArchiveFailed {
        /// The file, or another part of the archive.
        what: String,
        /// The error of its store, or of the file's format.
        source: Box<dyn std::error::Error + Send + Sync>,
    },

    /// A file of the archive is not as it was written, so nothing is deleted from the log.
    #[cfg(feature = "archive")]
    #[error("the archive's file {file} is refused: {problem}")]
    ArchiveDiffers {
        /// The file.
        file: String,
        /// The difference.
        problem: String,
    },

    /// The tables of feeds do not exist.
    #[cfg(feature = "feed")]
    #[error("feeds are not installed: call audit_runtime::schema::install_feed(&db) first")]
    FeedMissing(#[source] DatabaseError),

    /// A feed cannot continue, and a retry does not help.
    #[cfg(feature = "feed")]
    #[error("feed `{feed}`: {problem}")]
    FeedRefused {
        /// Its name.
        feed: String,
        /// The problem, and the correct form.
        problem: String,
    },

    /// The text is not a coverage manifest of this version.
    #[error("the coverage manifest is refused: {0}")]
    ManifestRefused(String),

    /// A trusted proxy is neither an address nor a network.
    #[cfg(feature = "http")]
    #[error(
        "invalid trusted proxy {0:?}: write an address such as 10.0.0.1, or a network such as 10.0.0.0/8, \
         but not the network of all addresses"
    )]
    InvalidProxy(String),

    /// The table `audit_log` does not exist.
    #[error(
        "the table audit_log does not exist: call audit_runtime::schema::install(&db), \
         or add audit_runtime::schema::migrations() to your Migrator"
    )]
    LogMissing(#[source] DatabaseError),

    /// The entry did not reach the log: another object has its name, or suppresses entries.
    #[error("nothing was changed, as the entry was not written to audit_log: {0}")]
    NotLogged(&'static str),

    /// A temporary table or view of this connection has the log's name, and would be read in its place.
    ///
    /// MariaDB before 11.2 does not list temporary tables, so a read of the log does not detect one there.
    #[error("a temporary table or view hides audit_log on this connection: drop it")]
    LogHidden,

    /// Row-level security hides rows of this table from the account, and the query needs all of them.
    #[error(
        "row-level security hides rows of {table} from this account: ask as the owner, or as an account with BYPASSRLS"
    )]
    RowsHidden {
        /// The table: `audit_log`, or that of an entity.
        table: String,
    },

    /// A replay cannot continue from this position: its entity is not among those of the replay, or has another key
    /// now.
    #[error("the position does not fit the entities of this replay")]
    InvalidPosition,

    /// The reply to a commit was lost. The commit may have happened.
    ///
    /// [`History::committed`](crate::History::committed) returns whether it did.
    #[error("the reply to the commit was lost; look for changeset {changeset_id}")]
    CommitUnknown {
        /// The changeset, whose entries exist if the commit happened.
        changeset_id: Uuid,
        /// The error of the connection.
        #[source]
        source: DatabaseError,
    },

    /// An earlier operation of this unit failed or was interrupted. The unit was rolled back or will be.
    #[error(
        "an operation of this unit failed or was interrupted, so the unit cannot go on: roll it back"
    )]
    UnitFailed,

    /// The transaction is no longer open. A statement or the server ended it.
    #[error(
        "the transaction has ended outside of commit and rollback; \
         what was done in it before may have been committed"
    )]
    TransactionEnded,

    /// A denied or failed event could not be written after its unit had ended.
    #[error("the unit has {}, but its event {action} could not be written", if *committed { "committed" } else { "rolled back" })]
    EventNotWritten {
        /// The event.
        action: String,
        /// Whether the unit was committed.
        committed: bool,
        /// The reason.
        #[source]
        source: Box<Error>,
    },

    /// The query would read the whole log.
    #[error("no index serves a search by {} alone: also filter by a row, an entity type, an actor, a changeset or `since`{}", conditions.join(" and "), or_create(indexes))]
    UnservedQuery {
        /// The unsupported conditions, by the names of the methods of [`History`](crate::History).
        conditions: Vec<&'static str>,
        /// The optional indexes that would support the query.
        indexes: Vec<Index>,
    },

    /// The query has a contradiction, or a value that its field cannot hold.
    #[error("invalid query: {0}")]
    InvalidQuery(String),

    /// The time of a [`Budget`](crate::Budget) ended during a search of the archive that must precede the page.
    #[error("the budget's time ended while the archive was searched for {0}: give it more time")]
    BudgetSpent(&'static str),

    /// Some fields of a past row are unknown.
    #[error(
        "some fields of {entity_type} {entity_id} are unknown: {}",
        unknown(fields)
    )]
    UnknownFields {
        /// The entity.
        entity_type: String,
        /// The row.
        entity_id: String,
        /// The unknown fields, each with the reason.
        fields: Vec<(String, Reason)>,
    },

    /// The entry cannot be reverted or restored.
    #[error("entry {entry} cannot be reverted: {problem}")]
    Irreversible {
        /// The entry.
        entry: i64,
        /// The reason.
        problem: String,
        /// The fields that are the reason, if any.
        fields: Vec<String>,
    },

    /// A field has changed again since the entry that is to be reverted.
    #[error("{entity_type} {entity_id} has changed since entry {entry}: {}", fields.join(", "))]
    ChangedSince {
        /// The entity.
        entity_type: String,
        /// The row.
        entity_id: String,
        /// The entry.
        entry: i64,
        /// The fields that have changed.
        fields: Vec<String>,
    },

    /// The cursor belongs to another query, or was altered.
    #[error("the cursor does not belong to this query: use the `next` of its last page")]
    InvalidCursor,

    /// Another table or view has the log's name.
    #[error(
        "there is a `{table}` that is not the audit log's: it has no {}; nothing was changed, \
         rename it or install in another schema",
        missing.join(", ")
    )]
    ForeignTable {
        /// The table or view.
        table: &'static str,
        /// The columns that it lacks.
        missing: Vec<String>,
    },

    /// The PostgreSQL database has an encoding other than UTF-8, so it cannot store most texts.
    #[error(
        "the database is in {encoding}, and the audit log needs UTF8: \
         create the database with `ENCODING 'UTF8' TEMPLATE template0`"
    )]
    NotUtf8 {
        /// The encoding.
        encoding: String,
    },

    /// The columns of an upsert do not have a unique constraint that covers all rows.
    #[error(
        "no unique constraint or index of {entity_type} covers exactly {} and all rows, \
         so these columns do not identify a row",
        columns.join(", ")
    )]
    NotUnique {
        /// The entity type.
        entity_type: String,
        /// The columns.
        columns: Vec<String>,
    },

    /// The database stored NULL instead of a date or time that its column cannot hold.
    #[error(
        "the database cannot hold the values set in {} of {entity_type} and stored NULL instead; the write was undone",
        fields.join(", ")
    )]
    NotStored {
        /// The entity type.
        entity_type: String,
        /// The fields.
        fields: Vec<String>,
    },

    /// The database did not write a row and reported no error, because a trigger, a rule or a policy suppressed it. The
    /// write was undone.
    #[error(
        "the database did not write the row ({action}): a trigger, a rule or a policy suppressed it"
    )]
    NotWritten {
        /// `CREATE`, `UPDATE` or `DELETE`.
        action: &'static str,
    },

    /// A hook or a trigger changed the primary key of a row. The write was undone.
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
    #[error("another process is installing or upgrading the audit log: try again")]
    InstallBusy,

    /// A guard has refused a change without an entry, made by plain SeaORM or raw SQL.
    ///
    /// On SQLite the guard refuses it when the transaction commits, and this is the last of several such changes.
    /// Commits outside of this library fail with a foreign key violation instead, and so does a single write of this
    /// library if a cascade or a hook also changed a table with a guard.
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

    /// A [`Guarded`](crate::Guarded) connection has refused a plain write to the table of an audited entity.
    #[error(
        "a plain write to `{table}` was refused, as it would leave no entry of {entity_type}: \
         call db.audited(&context).{} instead",
        audited_call(action)
    )]
    PlainWrite {
        /// The entity.
        entity_type: String,
        /// Its table.
        table: String,
        /// `CREATE`, `UPDATE` or `DELETE`.
        action: &'static str,
    },

    /// A [`Guarded`](crate::Guarded) connection has refused SQL given as text that is not a query.
    #[error(
        "SQL that is given as text and is not a query was refused, as nobody knows what it writes: \
         call db.audited(&context).begin() and Unit::raw_sql, and run it in that unit"
    )]
    RawSql,

    /// The guard cannot be installed on this table.
    #[error("the guard of {entity_type} was not installed: {problem}")]
    GuardRefused {
        /// The entity.
        entity_type: String,
        /// The reason, and what to do first.
        problem: String,
    },

    /// A guard on MySQL or MariaDB cannot refuse changes without an entry.
    #[error(
        "{0:?} checks nothing when a transaction commits, so a guard cannot refuse changes there: \
         use GuardMode::Capture, which records them"
    )]
    GuardUnsupported(Dialect),

    /// The columns of the table `audit_log` differ from those that this crate creates. Nothing was changed.
    #[error(
        "the table audit_log was not created by this crate: {}; rename or drop it, \
         then call audit_runtime::schema::install(&db)",
        differences.join(", ")
    )]
    DifferentColumns {
        /// One difference per column.
        differences: Vec<String>,
    },

    /// This account cannot see all columns of a table, and may not read the installed version of the schema.
    #[error(
        "this account does not see {} of {table}, so it cannot check the schema: grant it SELECT on audit_log_version, \
         or call audit_runtime::schema::install(&db) with the account that owns the log",
        missing.join(", ")
    )]
    HiddenColumns {
        /// The table or view.
        table: &'static str,
        /// The hidden columns.
        missing: Vec<String>,
    },

    /// Triggers that make the log append-only are missing, disabled or changed, and this account cannot create them.
    #[error(
        "audit_log is not append-only: {} missing, disabled or changed; \
         call audit_runtime::schema::install(&db) with the account that owns the log",
        triggers.join(", ")
    )]
    NotAppendOnly {
        /// The names of the triggers.
        triggers: Vec<String>,
        /// The database's error.
        #[source]
        source: DatabaseError,
    },

    /// A later version of this crate installed the schema, and this build cannot use it.
    #[error(
        "the audit log's schema has version {installed}, and this build knows {known}: upgrade audit-runtime"
    )]
    NewerSchema {
        /// The installed version.
        installed: i32,
        /// The latest version that this build knows.
        known: i32,
    },

    /// The connection leads to a PostgreSQL standby, which does not know the open transactions of its primary.
    #[error("a standby cannot tell which entries are settled: connect to the primary")]
    Standby,

    /// The log has entries and is not dropped.
    #[error("audit_log has entries and is not dropped: archive them, then drop it by hand")]
    LogNotEmpty,

    /// The database refused a statement or failed.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
