//! The endpoints.

pub mod teams;
pub mod tickets;
pub mod users;
