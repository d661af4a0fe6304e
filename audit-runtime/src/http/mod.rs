//! Who and from where, out of a request.
//!
//! An [`AuditLayer`] around the application learns where a request comes from, and who makes it is what the
//! application's own authentication says. A handler then asks for its [`AuditContext`](crate::AuditContext):
//! with the feature `axum` as an argument, elsewhere with [`context_of`].
//!
//! - No actor is an answer of 401, and never an anonymous write. [`Actor::anonymous`](crate::Actor::anonymous) is
//!   for a handler that says so itself, with the request's [`Source`](crate::Source).
//! - The client's address is the peer's. A header's word is taken from proxies alone that the application trusts.
//! - Errors are [`Problem`]s, in JSON (RFC 9457).

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
mod key;
mod layer;
mod peer;
mod problem;
#[cfg(feature = "axum")]
mod refusal;
mod service;
mod source;
#[cfg(feature = "viewer")]
mod viewer;

pub use access::{Access, AccessPolicy, Reading};
#[cfg(feature = "axum")]
pub use allowed::Allowed;
pub use client_ip::ForwardedHeader;
pub use context::{NoContext, context_of, source_of};
pub use layer::AuditLayer;
pub use problem::Problem;
pub use service::AuditService;
#[cfg(feature = "viewer")]
pub use viewer::Viewer;
