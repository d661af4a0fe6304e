//! The tables.

pub mod comment;
pub mod team;
pub mod ticket;
pub mod user;

pub use sea_orm::prelude::DateTimeUtc;
