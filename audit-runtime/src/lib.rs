//! An audit trail for SeaORM.

#[cfg(feature = "derive")]
pub use audit_derive::Audited;

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod allowlist;
pub mod audited;
pub mod changes;
pub mod encode;
mod error;
mod write;

pub use audited::Audited;
pub use error::Error;
pub use write::{Pending, Writer};
