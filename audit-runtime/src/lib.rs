//! An audit trail for SeaORM.

#[cfg(feature = "derive")]
pub use audit_derive::Audited;

pub mod audit_log;
pub mod audited;
pub mod changes;
mod dialect;
pub mod encode;
mod error;
pub mod schema;
mod write;

pub use audited::Audited;
pub use error::Error;
pub use write::{Pending, Writer};
