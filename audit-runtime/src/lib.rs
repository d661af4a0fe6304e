//! An audit trail for SeaORM 2: every change leaves an entry in the same transaction, or it does not happen.
//!
//! `#[derive(Audited)]` on an entity says what is kept of each field and who may set it.
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
//! let jane = AuditContext::new(Actor::new("Admin", "7").named("jane.doe")).ip([203, 0, 113, 9]);
//! let promotion = user::AdminPatch::new().role("admin");
//! db.audited(&jane).update(john.id, promotion).await?;
//!
//! let page = History::of::<user::Entity>(john.id).newest_first().page(&db, None, 50).await?;
//! let entry = &page.entries[0];
//! assert_eq!(
//!     entry.to_string(),
//!     "Admin 'jane.doe' changed User 'john.smith' role from 'user' to 'admin'",
//! );
//! assert_eq!(entry.diff(), json!([{ "field": "role", "before": "user", "after": "admin" }]));
//! # Ok(())
//! # }
//! ```
//!
//! A field outside the allowlist is a compile error, and in JSON an error that names it:
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
//! - [`Audited`] is the derive, and the trait it implements.
//! - [`ConnectionExt::audited`] gives a connection a context. What comes of it, an [`Audit`], writes:
//!   see [`Writer`] and, for models, [`AuditedModel`].
//! - [`Audit::begin`], [`Audit::transaction`] and [`Audit::adopt`] make a [`Unit`]: many writes, one transaction.
//! - [`Event`] is what happened that is not a change of a row.
//! - [`History`] asks the log: whose entries, by whom, when, what changed to what. Each is an [`Entry`].
//!   [`audit_log`] is the table, for any other question.
//! - [`AuditedEntity`] tells of the past: the row at a [`Moment`], the difference of two, every value of a field.
//! - [`Entry::inverse`] and [`Entry::restoration`] are what [`Writer::revert`] and [`Writer::restore`] take back.
//! - [`schema`] installs the log, and says what the database refuses and what it cannot.
//! - `http`, behind the feature of that name, has the context out of a request, and the trail over HTTP.
//!   [`OriginalContext`] is what goes into a queue.
//! - [`Error`] says what went wrong, whether to try again, and what to do when the reply to a commit was lost.
//! - [`changes`] and [`encode`] are the stored form, for those who read it without this crate's help.
//!
//! # Entities
//!
//! - An entity in a file that nobody edits, such as a generated one, is audited by an `impl Audited` beside it:
//!   see [`audited`].
//! - A column type whose feature is off cannot be recorded: the first write is [`Error::UnreadableField`], and nothing
//!   is written.
//! - SeaORM's nested `ActiveModelEx` writes its rows itself, so they would have no entries. A [`Unit`] does not take it.
//!   Insert the parent and its children one by one in a unit: `unit.insert(parent).await?`, then
//!   `unit.insert_many(children).await?`.
//! - On SeaORM's `MockDatabase` every write takes the locked plan, and the mock must have an answer for each of its
//!   statements. An insert is `INSERT .. RETURNING` (a query result) and the entry; an update is `SELECT` and
//!   `UPDATE .. RETURNING` (two query results) and the entry; a delete is `SELECT` (a query result), `DELETE` (an exec
//!   result) and the entry. An entry is a query result with one row, of any kind; on SQLite it is an exec result.
//!   MySQL and SQLite read the row once more after an insert or update.
//!   An in-memory SQLite database needs none of this.
//!
//! # What it does not do
//!
//! - It does not see what is written without it: raw SQL, plain SeaORM, other services, cascades, and what a hook
//!   writes besides its own row. On PostgreSQL a [guard](schema::guard) refuses or records it.
//! - It does not keep a superuser, the owner of the table or, on SQLite, of the file from changing the log.
//! - It does not know whether the application tells the truth about who acts.
//! - It does not log reads, unless they are recorded as events.
//! - It keeps a dropped caller from harming the pool on tokio alone.
//!
//! All of it is tested on SQLite, PostgreSQL, MariaDB and MySQL.
//!
//! # Crate features
//!
//! | | default | |
//! |---|---|---|
//! | `derive` | yes | `#[derive(Audited)]` |
//! | `migration` | | the migrations of [`schema`], for a `Migrator` |
//! | `rbac` | | audited writes on SeaORM's `RestrictedConnection` |
//! | `http` | | who and from where, out of a request, as a tower layer; the trail behind a policy |
//! | `axum` | | extractors and routes for axum; turns on `http` |
//! | `feed` | | `feed`: entries as JSON lines, CSV, OCSF, CloudEvents and syslog messages |
//! | `viewer` | | `http::Viewer`: pages that show the trail; turns on `http`, and with `axum` there are routes |
//! | `postgres-array`, `with-rust_decimal`, `with-time` | yes | column types, each behind SeaORM's feature of the same name |
//! | `with-bigdecimal`, `with-ipnetwork`, `with-mac_address` | | likewise |
//!
//! Drivers and runtime are SeaORM's features, and the application's to choose.

/// Implements [`Audited`](trait@Audited) for the entity of a `Model`, and generates its patches and drafts.
///
/// It stands below `#[sea_orm::model]`, and works on dense, compact and expanded entities alike.
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
/// | `entity_type = "User"` | What entries call the entity: by default as its table is called. |
/// | `was = "people"` | What entries called the entity before, when its table was renamed, say. `was("people", "persons")` for more. Another entity that takes such a name needs an `entity_type` of its own. |
/// | `others = record` | The policy of every field that has none: `record`, `redact` or `skip`. |
/// | `reason` | A write needs a reason in its context. |
/// | `locked` | Its writes take two statements and more, even where PostgreSQL could do with one: for a table with rules. |
/// | `no_hooks` | Writes the empty `ActiveModelBehavior`, so that it is known that there are no hooks to run. |
/// | `crate = ::path` | Where `audit_runtime` is, if it has another name. |
///
/// # On a field
///
/// Every column has a policy, by `record`, `redact`, `skip` or `others`, except the primary key, by which entries
/// are found. `update` and `create` imply `record`, but not for a field with a name like that of a secret.
///
/// | `#[audited(..)]` | |
/// |---|---|
/// | `record` | Values before and after are kept. |
/// | `redact` | That it changed is kept, and whether it was or became NULL; values are not. |
/// | `skip` | Nothing is kept, so it cannot be in a patch or draft. |
/// | `label` | Its value names the row in sentences. |
/// | `update` | It may be changed by a `Patch`. |
/// | `update(Profile, Admin)` | It may be changed by a `ProfilePatch` and by an `AdminPatch`. |
/// | `was = "old_name"` | What it was called before: earlier entries are read by that name. `was("older", "oldest")` for more. Another field may have that name now, and two may have swapped theirs: what the log then does not tell is unknown. |
/// | `parent = super::user::Entity` | It holds the key of the row this one belongs to; see [`History::with_children`]. |
/// | `create` | It may be set by a `Draft`. |
/// | `create(SignUp)` | It may be set by a `SignUpDraft`. |
#[cfg(feature = "derive")]
pub use audit_derive::Audited;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod audit_log;
pub mod audited;
pub mod changes;
mod context;
mod dialect;
pub mod encode;
mod entity_id;
mod error;
#[cfg(feature = "feed")]
pub mod feed;
mod history;
#[cfg(feature = "http")]
pub mod http;
mod layout;
mod pending;
pub mod schema;
mod sendable;
pub mod settled;
mod stored_row;
mod text;
mod write;

pub use audit_log::Outcome;
pub use audited::Audited;
pub use changes::Changes;
pub use context::{Actor, AuditContext, OriginalContext, Source};
pub use error::{DatabaseError, Error, Reason, Violation};
pub use history::{
    AuditedEntity, Budget, Cursor, Difference, Entries, Entry, History, Inverse, Kind, Moment,
    Page, Past, PastValue, Restoration, Tenure,
};
pub use pending::Pending;
pub use write::{
    Audit, AuditConnection, AuditedModel, ConnectionExt, Event, Transaction, Unit, Upserted, Writer,
};

/// What a module that writes audited needs.
pub mod prelude {
    pub use sea_orm::ActiveValue::{NotSet, Set};

    pub use crate::{
        Actor, Audit, AuditConnection, AuditContext, Audited, AuditedEntity, AuditedModel,
        ConnectionExt, Event, History, Moment, Outcome, Unit, Writer,
    };
}
