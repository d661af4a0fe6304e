//! Queries on the log.

#[cfg(all(feature = "axum", feature = "viewer"))]
mod actions;
mod budget;
mod children;
pub(crate) mod cold;
mod committed;
pub(crate) mod condition;
mod cursor;
pub(crate) mod difference;
mod entity;
mod entry;
mod field;
mod fingerprint;
mod from_row;
mod given;
mod index_check;
mod inverse;
mod join;
mod key_field;
mod log_rows;
pub(crate) mod mask;
mod moment;
mod names;
mod narrowing;
mod page;
mod pages;
mod parents;
mod past;
mod pending;
pub(crate) mod purged;
mod query;
mod recorded;
pub(crate) mod replay;
mod row_security;
mod scope;
pub(crate) mod seen;
mod sentence;
pub(crate) mod state_at;
pub(crate) mod timeline;
mod where_clause;

#[cfg(all(feature = "axum", feature = "viewer"))]
pub(crate) use actions::actions;
pub use budget::Budget;
pub use cursor::Cursor;
pub use difference::Difference;
pub use entity::AuditedEntity;
pub use entry::{Entry, Kind};
#[cfg(feature = "test")]
pub(crate) use field::FieldFilter;
#[cfg(feature = "axum")]
pub(crate) use given::Given;
pub(crate) use inverse::InverseField;
pub use inverse::{Inverse, Restoration};
#[cfg(all(feature = "axum", feature = "viewer"))]
pub(crate) use log_rows::Archived;
pub use moment::Moment;
pub use page::{Entries, Page};
pub use past::{Past, PastValue};
pub use query::History;
#[cfg(feature = "viewer")]
pub(crate) use sentence::Named;
pub use timeline::Tenure;
