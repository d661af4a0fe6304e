//! An audit trail for SeaORM 2: every change leaves an entry in the same transaction, or it does not happen.
//!
//! `#[derive(Audited)]` on an entity declares what the log keeps of each field and which writes may set it.
//! A write carries an [`AuditContext`]: who, from where, why.
//!
//! ```
//! mod user {
//!     use audit_runtime::Audited;
//!     use sea_orm::entity::prelude::*;
//!
//!     #[sea_orm::model]
//!     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
//!     #[sea_orm(table_name = "users")]
//!     #[audited(entity_type = "User", no_hooks)]
//!     pub struct Model {
//!         #[sea_orm(primary_key)]
//!         pub id: i32,
//!         #[audited(create(SignUp), update(Profile, Admin), label)]
//!         pub username: String,
//!         #[sea_orm(default_value = "user")]
//!         #[audited(update(Admin))]
//!         pub role: String,
//!         #[audited(create(SignUp), redact)]
//!         pub password_hash: String,
//!     }
//! }
//!
//! use audit_runtime::prelude::*;
//! use sea_orm::{ConnectionTrait, Database, Schema};
//! use serde_json::json;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let db = Database::connect("sqlite::memory:").await?;
//! audit_runtime::schema::install(&db).await?;
//! let users = Schema::new(db.get_database_backend()).create_table_from_entity(user::Entity);
//! db.execute(&users).await?;
//!
//! let visitor = AuditContext::new(Actor::anonymous()).ip([198, 51, 100, 7]);
//! let draft = user::SignUpDraft::new().username("john.smith").password_hash("$argon2id$...");
//! let john = db.audited(&visitor).insert(draft).await?;
//!
//! let jane = Actor::new("User", 7).named("jane.doe").role("Admin");
//! let context = AuditContext::new(jane).ip([203, 0, 113, 9]);
//! let promotion = user::AdminPatch::new().role("admin");
//! db.audited(&context).update(john.id, promotion).await?;
//!
//! let entry = History::of::<user::Entity>(john.id).latest(&db).await?.ok_or("no entry")?;
//! assert_eq!(
//!     entry.to_string(),
//!     "Admin 'jane.doe' changed User 'john.smith' role from 'user' to 'admin'",
//! );
//! assert_eq!(entry.diff(), json!([{ "field": "role", "before": "user", "after": "admin" }]));
//! # Ok(())
//! # }
//! ```
//!
//! A field outside the allowlist is a compile error. In JSON it is an error that names the field:
//!
//! ```compile_fail
//! # mod user {
//! #     use audit_runtime::Audited;
//! #     use sea_orm::entity::prelude::*;
//! #     #[sea_orm::model]
//! #     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
//! #     #[sea_orm(table_name = "users")]
//! #     #[audited(no_hooks)]
//! #     pub struct Model {
//! #         #[sea_orm(primary_key)]
//! #         pub id: i32,
//! #         #[audited(update(Profile, Admin))]
//! #         pub username: String,
//! #         #[audited(update(Admin))]
//! #         pub role: String,
//! #     }
//! # }
//! user::ProfilePatch::new().role("admin");
//! ```
//!
//! # Overview
//!
//! The [guide] shows how to adopt the trail in a service with existing tables, and how to run it.
//!
//! - [`Audited`] is the derive macro, and the trait that it implements.
//! - [`ConnectionExt::audited`] adds a context to a connection and returns an [`Audit`]. The methods of [`Writer`] write
//!   on it, as do those of [`AuditedModel`] on models.
//! - [`Audit::begin`], [`Audit::transaction`] and [`Audit::adopt`] return a [`Unit`]: several writes in one transaction.
//! - [`Event`] records something other than a change of a row.
//! - [`History`] queries the log by row, actor, time, changed value and other conditions. The result consists of
//!   [`Entry`] values. For any other query, [`audit_log`] is the table as a SeaORM entity.
//! - [`AuditedEntity`] reads the past: a row at a [`Moment`], the difference between two moments, or every value of a
//!   field.
//! - [`Entry::inverse`] and [`Entry::restoration`] prepare what [`Writer::revert`] and [`Writer::restore`] write.
//! - [`schema`] installs the log. It documents what each database enforces. Its [`doctor`](schema::doctor) examines a live
//!   database.
//! - [`coverage`] compares what is audited of each entity with a manifest in the repository, and fails a build that
//!   audits less.
//! - [`Guarded`] is a connection for ordinary SeaORM that refuses plain writes to audited tables.
//! - `http` (feature `http`) builds the context from a request and serves the trail. [`OriginalContext`] is the form of a
//!   context for job queues.
//! - `test` (feature `test`) asserts in the tests of an application what was recorded.
//! - [`Error`] says what went wrong, whether a retry may help, and what to do if the reply to a commit was lost.
//! - [`changes`] and [`encode`] define the stored form, for programs that read the table directly.
//!
//! # Entities
//!
//! - An entity in a file that nobody edits, such as a generated one, is audited by the derive on a list of its columns:
//!   see [files that nobody edits](guide::generated_entities#files-that-nobody-edits).
//! - A column type whose feature is off cannot be recorded: the first write fails with [`Error::UnreadableField`].
//! - SeaORM's nested `ActiveModelEx` opens transactions and writes its rows itself, so they would have no entries. A
//!   [`Unit`] does not accept it: save it with [`save_graph`](Unrestricted::save_graph).
//! - On SeaORM's `MockDatabase` every write takes the locked plan, and the mock must have an answer for each of its
//!   statements. An insert is `INSERT .. RETURNING` (a query result) and the entry; an update is `SELECT` and
//!   `UPDATE .. RETURNING` (two query results) and the entry; a delete is `SELECT` (a query result), `DELETE` (an exec
//!   result) and the entry. An entry is a query result with one row, of any kind; on SQLite it is an exec result.
//!   MySQL and SQLite read the row once more after an insert or update.
//!   An in-memory SQLite database needs none of this.
//!
//! # Limits
//!
//! - It does not record changes that bypass it: raw SQL, plain SeaORM, other services, cascades, and other rows that a
//!   hook writes. On PostgreSQL a [guard](schema::guard) refuses or records them.
//! - It does not prevent a superuser or the owner of the table from changing the log. On SQLite that is anyone who can
//!   write to the file.
//! - It cannot verify the actor that the application supplies.
//! - It does not log reads, unless they are recorded as events.
//! - It protects the pool from dropped callers only on tokio.
//!
//! The tests run on SQLite, PostgreSQL, MariaDB and MySQL.
//!
//! # Crate features
//!
//! | | default | |
//! |---|---|---|
//! | `derive` | yes | `#[derive(Audited)]` |
//! | `stream` | yes | rows as a stream through a [`Guarded`] connection, behind SeaORM's feature of the same name |
//! | `migration` | | the migrations of [`schema`], for a `Migrator` |
//! | `entity-registry` | | derived entities register themselves: `schema::Entities::registered`; turns on SeaORM's feature of the same name, so that [`coverage`] finds entities without audit |
//! | `rbac` | | audited writes on SeaORM's `RestrictedConnection` |
//! | `http` | | a tower layer that builds the context from the request; the trail behind an access policy |
//! | `axum` | | extractors and routes for axum; turns on `http` |
//! | `metrics` | | counters of writes, through the `metrics` facade: see [`guide::observability`] |
//! | `test` | | `test`: assertions on what was recorded, for tests of applications |
//! | `cli` | | `cli`: the command line `audit`, and the binary of this name; turns on `feed` and `retention` |
//! | `sqlx-sqlite`, `sqlx-postgres`, `sqlx-mysql`, `runtime-tokio-rustls` | | drivers and TLS for that binary |
//! | `feed` | | `feed`: the log delivered to other systems, as JSON lines, CSV, OCSF, CloudEvents and syslog messages |
//! | `feed-http`, `feed-nats`, `feed-amqp` | | feeds to webhooks, NATS JetStream and brokers of AMQP 0-9-1 |
//! | `retention` | | `retention`: how long entries are kept, holds, and purges that leave entries |
//! | `archive` | | `retention::archive`: old entries moved to Parquet files, and read with the log; turns on `retention` |
//! | `archive-aws`, `archive-azure`, `archive-gcp` | | the archive in an object store |
//! | `viewer` | | `http::Viewer`: pages that show the trail; turns on `http`; routes need `axum` |
//! | `postgres-array`, `with-rust_decimal`, `with-time` | yes | column types, each behind SeaORM's feature of the same name |
//! | `with-bigdecimal`, `with-ipnetwork`, `with-mac_address` | | likewise |
//!
//! The application chooses driver and runtime through SeaORM's features.
#![cfg_attr(docsrs, feature(doc_cfg))]

/// Implements [`Audited`](trait@Audited) for the entity of a `Model`, and generates its patches and drafts.
///
/// Place it below `#[sea_orm::model]`. It supports dense, compact and expanded entities.
///
/// ```
/// mod user {
///     use audit_runtime::Audited;
///     use sea_orm::entity::prelude::*;
///
///     #[sea_orm::model]
///     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
///     #[sea_orm(table_name = "users")]
///     #[audited(entity_type = "User", no_hooks)]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i32,
///         #[audited(create(SignUp), update(Profile, Admin), label)]
///         pub username: String,
///         #[audited(update(Admin))]
///         pub role: String,
///         #[audited(create(SignUp), update(Profile), redact)]
///         pub phone: Option<String>,
///         #[audited(redact)]
///         pub password_hash: String,
///         #[audited(skip)]
///         pub last_seen_at: DateTimeUtc,
///     }
/// }
///
/// // A patch has a field and a setter for what it may change, and nothing else.
/// let patch = user::ProfilePatch::new().username("jane").phone(None);
/// assert_eq!(
///     format!("{patch:?}"),
///     r#"ProfilePatch { username: String(Some("jane")), phone: "redacted" }"#,
/// );
///
/// // From JSON an absent field is unchanged, and `null` is NULL.
/// let patch: user::ProfilePatch = serde_json::from_str(r#"{"phone": null}"#).unwrap();
/// assert_eq!(patch.phone, sea_orm::Set(None));
/// assert!(patch.username.is_not_set());
///
/// let error = serde_json::from_str::<user::ProfilePatch>(r#"{"role": "admin"}"#).unwrap_err();
/// assert!(error.to_string().starts_with("not allowed here: `role`; allowed: `username`, `phone`"));
/// ```
///
/// # On the struct
///
/// | `#[audited(..)]` | |
/// |---|---|
/// | `entity_type = "User"` | The entity's name in entries; by default the name of its table. |
/// | `was = "people"` | The entity's former name in entries, for example of a renamed table; `was("people", "persons")` for several. Another entity with such a table name needs its own `entity_type`. |
/// | `entity = users::Entity` | The struct lists the columns of this entity, whose own file is generated: see [files that nobody edits](guide::generated_entities#files-that-nobody-edits). |
/// | `graph` | The nested `ActiveModelEx` can be saved, by [`save_graph`](Unrestricted::save_graph). Every entity of a relation has it as well. |
/// | `others = record` | The policy of every field without an attribute: `record`, `redact` or `skip`. |
/// | `others = update` | Every field without a policy or allowlist of its own is recorded, and may be changed by a `Patch`. |
/// | `reason` | A write without a reason in its context is refused. |
/// | `locked` | Writes always take the locked plan (several statements): for a table with rules, which PostgreSQL does not allow in a fused statement. |
/// | `no_hooks` | Generates the empty `impl ActiveModelBehavior`; delete your own. |
/// | `crate = ::path` | The path of `audit_runtime`, if the crate is renamed. |
///
/// # On a field
///
/// Every column except the primary key needs a policy: `record`, `redact`, `skip`, or that of `others`. `update` and
/// `create` imply `record`, except for a field whose name looks secret.
///
/// | `#[audited(..)]` | |
/// |---|---|
/// | `record` | The values before and after are stored. |
/// | `redact` | The entry says that the field changed, and whether it was or became NULL. It stores no values. |
/// | `skip` | Nothing is stored, so no allowlist can contain the field. |
/// | `erasable` | The field is recorded, and an erasure (feature `retention`) can take its values out of the log. |
/// | `touch` | `updated_at`: every write that inserts or changes the row sets it to the current moment. See below. |
/// | `touch = create` | `created_at`: the write that inserts the row sets it. |
/// | `label` | Its value names the row in sentences. |
/// | `update` | It may be changed by a `Patch`. |
/// | `update(Profile, Admin)` | It may be changed by a `ProfilePatch` and by an `AdminPatch`. |
/// | `was = "old_name"` | The field's former name in entries; `was("older", "oldest")` for several. Another field may have that name now. If an entry is ambiguous between the two, the values are unknown. |
/// | `parent = super::user::Entity` | It holds the key of the row this one belongs to; see [`History::with_children`]. A join table has it on each field of its key, and its sentences name the parents: `Membership of User 'ann' in Team 'core'`. |
/// | `create` | It may be set by a `Draft`. |
/// | `create(SignUp)` | It may be set by a `SignUpDraft`. |
///
/// # Touched fields
///
/// The writes of this library set a field with `touch`, including reverts and restores. They replace the value that an
/// `ActiveModel` or a hook has set. Like a field with `skip`, the field is not in the log, and it does not count as a
/// change: a patch that changes nothing else leaves it unchanged.
///
/// The moment comes from the application's clock, in UTC, and is the same for all fields of a row. The library decides
/// before it sends the statement: a new value that the database rounds to the stored one counts as a change here,
/// although it leaves no entry. The field's type implements [`Now`](audited::Now).
///
/// ```
/// mod article {
///     use audit_runtime::Audited;
///     use sea_orm::entity::prelude::*;
///
///     #[sea_orm::model]
///     #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Audited)]
///     #[sea_orm(table_name = "articles")]
///     #[audited(no_hooks)]
///     pub struct Model {
///         #[sea_orm(primary_key)]
///         pub id: i32,
///         #[audited(create, update)]
///         pub title: String,
///         #[audited(touch = create)]
///         pub created_at: DateTimeUtc,
///         #[audited(touch)]
///         pub updated_at: DateTimeUtc,
///     }
/// }
///
/// use audit_runtime::prelude::*;
/// use sea_orm::{ConnectionTrait, Database, Schema};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let db = Database::connect("sqlite::memory:").await?;
/// # audit_runtime::schema::install(&db).await?;
/// # db.execute(&Schema::new(db.get_database_backend()).create_table_from_entity(article::Entity)).await?;
/// # let context = AuditContext::new(Actor::new("User", "7"));
/// # let audit = db.audited(&context);
/// let article = audit.insert(article::Draft::new().title("A")).await?;
/// let same = audit.update(article.id, article::Patch::new().title("A")).await?;
/// assert_eq!(same.updated_at, article.updated_at);
/// let other = audit.update(article.id, article::Patch::new().title("B")).await?;
/// assert!(other.updated_at >= article.updated_at);
/// assert_eq!(other.created_at, article.created_at);
/// # Ok(())
/// # }
/// ```
#[cfg(feature = "derive")]
pub use audit_derive::Audited;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod audit_log;
pub mod audited;
pub mod changes;
#[cfg(feature = "cli")]
pub mod cli;
mod context;
pub mod coverage;
mod dialect;
pub mod encode;
mod entity_id;
mod error;
#[cfg(any(feature = "axum", feature = "feed"))]
mod export;
#[cfg(feature = "feed")]
pub mod feed;
pub mod guide;
mod history;
#[cfg(feature = "http")]
pub mod http;
mod layout;
mod pending;
pub mod replay;
mod replayed;
#[cfg(feature = "retention")]
pub mod retention;
pub mod schema;
mod sendable;
pub mod settled;
mod statement_text;
mod stored_row;
#[cfg(feature = "test")]
pub mod test;
mod text;
mod write;

pub use audit_log::Outcome;
pub use audited::{Audited, KeyOf};
pub use changes::Changes;
pub use context::{Actor, AuditContext, OptionalIp, OptionalText, OriginalContext, Source};
pub use error::{DatabaseError, Error, Reason, Violation};
pub use history::{
    AuditedEntity, Budget, Cursor, Difference, Entries, Entry, History, Inverse, Kind, Moment,
    Page, Past, PastValue, Restoration, Tenure,
};
pub use pending::Pending;
pub use write::{
    Audit, AuditConnection, AuditedActiveModel, AuditedGraph, AuditedModel, ConnectionExt, Event,
    Guarded, Transaction, Unit, Unrestricted, Upserted, Writer,
};

/// The imports of a module with audited writes.
pub mod prelude {
    pub use sea_orm::ActiveValue::{NotSet, Set};

    pub use crate::{
        Actor, Audit, AuditConnection, AuditContext, Audited, AuditedEntity, AuditedModel,
        ConnectionExt, Event, History, KeyOf, Moment, Outcome, Unit, Writer,
    };
}
