//! HTTP: the context of a request, and routes that serve the trail.
//!
//! An [`AuditLayer`] around the application learns where a request comes from, and who makes it is what the
//! application's own authentication says. A handler then asks for its [`AuditContext`](crate::AuditContext):
//! with the feature `axum` as an argument, elsewhere with [`context_of`].
//!
//! - No actor is an answer of 401, and never an anonymous write. [`Actor::anonymous`](crate::Actor::anonymous) is
//!   for a handler that says so itself, with the request's [`Source`](crate::Source).
//! - The client's address is the peer's. A header's word is taken from proxies alone that the application trusts.
//! - Errors are [`Problem`]s, in JSON (RFC 9457).
//!
//! A [`Trail`] is the log behind the [`AccessPolicy`] that the application brings. With the feature `axum`,
//! `history_routes` and its like mount it; elsewhere its methods are what a handler calls.
//! With the feature `viewer`, a `Viewer` shows it to people.

mod access;
#[cfg(feature = "axum")]
mod allowed;
mod client_ip;
mod context;
#[cfg(feature = "axum")]
mod extract;
mod forwarded;
mod identity;
#[cfg(feature = "axum")]
mod keys;
mod layer;
mod openapi;
mod peer;
mod problem;
mod query;
mod record;
mod recorder;
#[cfg(feature = "axum")]
mod refusal;
#[cfg(feature = "axum")]
mod routes;
mod service;
mod source;
mod trail;
#[cfg(feature = "viewer")]
mod viewer;

pub use access::{Access, AccessPolicy, Reading};
#[cfg(feature = "axum")]
pub use allowed::Allowed;
pub use context::{NoContext, context_of, source_of};
pub use forwarded::ForwardedHeader;
pub use layer::AuditLayer;
pub use openapi::OpenApi;
pub use problem::Problem;
pub use query::TrailQuery;
#[cfg(feature = "axum")]
pub use routes::{history_routes, log_routes, type_history_routes};
pub use service::AuditService;
pub use trail::{Answer, Trail};
#[cfg(feature = "viewer")]
pub use viewer::Viewer;
#[cfg(all(feature = "axum", feature = "viewer"))]
pub use viewer::{history_pages, log_pages, type_history_pages};
