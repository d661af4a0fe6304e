//! An audit trail for SeaORM.

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
/// | `others = record` | The policy of every field that has none: `record`, `redact` or `skip`. |
/// | `reason` | A write needs a reason in its context. |
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
/// | `create` | It may be set by a `Draft`. |
/// | `create(SignUp)` | It may be set by a `SignUpDraft`. |
#[cfg(feature = "derive")]
pub use audit_derive::Audited;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod allowlist;
pub mod audit_log;
pub mod audited;
pub mod changes;
mod context;
mod dialect;
pub mod encode;
mod entity_id;
mod error;
mod history;
pub mod schema;
mod text;
mod write;

pub use audited::Audited;
pub use changes::Changes;
pub use context::{Actor, AuditContext, Source};
pub use error::{DatabaseError, Error, Violation};
pub use history::{Cursor, Entry, History, Kind, Page};
pub use write::{
    Audit, AuditConnection, AuditedModel, ConnectionExt, Event, Outcome, Pending, Transaction,
    Unit, Writer,
};

/// What a module that writes audited needs.
pub mod prelude {
    pub use sea_orm::ActiveValue::{NotSet, Set};

    pub use crate::{
        Actor, Audit, AuditConnection, AuditContext, Audited, AuditedModel, ConnectionExt, Event,
        History, Outcome, Unit, Writer,
    };
}
