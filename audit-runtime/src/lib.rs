//! An audit trail for SeaORM.

#[cfg(feature = "derive")]
pub use audit_derive::Audited;

pub mod audited;
pub mod changes;
pub mod encode;

pub use audited::Audited;
