//! An audit trail for SeaORM.

#[cfg(feature = "derive")]
pub use audit_derive::Audited;

pub mod audited;
pub mod changes;
pub mod encode;
mod entity_id;
mod error;
mod text;
mod write;

pub use audited::Audited;
pub use error::Error;
pub use write::{Pending, Writer};
