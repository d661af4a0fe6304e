//! An audit trail for SeaORM.

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
