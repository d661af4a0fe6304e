//! Audited writes: each in its own transaction on a pool, or many in one [`Unit`].

mod active;
mod audit;
mod connection;
mod counted;
#[cfg(any(feature = "feed", feature = "retention"))]
mod engine_event;
mod entry;
mod event;
mod found_log;
mod fused;
pub(crate) mod graph;
mod guarded;
mod hooks;
mod json_text;
mod later;
mod liveness;
mod locked;
mod many;
mod mistaken;
mod notes;
mod observed;
mod one;
mod operation;
mod progress;
mod refusal;
mod revert;
mod row;
mod run;
mod save;
pub(crate) mod shield;
mod state;
mod subject;
mod target;
mod touch;
mod transaction;
mod unique;
mod unit;
mod unmarked;
mod unrestricted;
mod upsert;
mod values;
mod witness;
mod writer;

#[cfg(any(feature = "feed", feature = "retention"))]
pub(crate) use audit::begin_at;
pub use audit::{Audit, ConnectionExt};
pub use connection::UnitConnection;
#[cfg(any(feature = "feed", feature = "retention"))]
pub(crate) use engine_event::EngineEvent;
#[cfg(feature = "retention")]
pub(crate) use event::EntityId;
pub use event::Event;
pub use graph::AuditedGraph;
pub use guarded::Guarded;
pub use transaction::{AuditConnection, Pool, Sealed, Transaction};
pub use unit::Unit;
pub use unrestricted::{AuditedActiveModel, Unrestricted};
pub use upsert::Upserted;
pub use writer::{AuditedModel, Writer};
