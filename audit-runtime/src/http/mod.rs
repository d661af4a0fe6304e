//! HTTP: the context of a request, and routes that serve the trail.
//!
//! An [`AuditLayer`] wraps the application. It finds the source of each request, and takes the actor from the
//! application's own authentication. A handler then gets its [`AuditContext`](crate::AuditContext): with the feature
//! `axum` as an argument, otherwise from [`context_of`].
//!
//! - A request without an actor is answered with 401. A write is never anonymous by default: a handler has to create
//!   the context of [`Actor::anonymous`](crate::Actor::anonymous) with the request's [`Source`](crate::Source) itself.
//! - The client's address is the peer's. Forwarding headers are ignored unless they come from a configured proxy.
//! - Errors are [`Problem`]s, in JSON (RFC 9457).
//!
//! A [`Trail`] is the log behind the application's [`AccessPolicy`]. With the feature `axum`, `history_routes` and
//! similar functions mount it; otherwise a handler calls its methods. With the feature `viewer`, a `Viewer` renders it
//! as pages.

mod access;
#[cfg(feature = "axum")]
mod allowed;
mod client_ip;
mod context;
#[cfg(feature = "axum")]
mod export;
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
pub use viewer::{
    children_pages, dashboard_pages, history_pages, log_pages, revert_pages, state_pages,
    type_history_pages,
};
